import { expect, it } from 'vitest';
import { droppedIn, withRound, type Shares } from './shares.js';

const absent = { participant: 'b', code: 'absent', reason: 'it was away' };
const after = (...rounds: readonly [string[], (typeof absent)[]][]): Shares =>
  rounds.reduce((shares, [trained, drops]) => withRound(shares, trained, drops), {} as Shares);

it('names participants that rounds went on without, with the last reason', () => {
  const shares = after([['a'], [absent]], [['a', 'b'], []], [['a'], [{ ...absent, code: 'left' }]]);
  expect(droppedIn(shares, { participants: ['b', 'a'], asksAll: true })).toEqual([
    { participant_id: 'b', updates: 1, rounds_missed: 2, code: 'left', reason: 'it was away' },
  ]);
});

it('names a participant without any update if each was asked', () => {
  const shares = after([['a'], []]);
  const participants = ['a', 'b'];
  expect(droppedIn(shares, { participants, asksAll: true })).toMatchObject([
    { participant_id: 'b', updates: 0, rounds_missed: 0, code: 'no_update' },
  ]);
  // A round of a part of the participants may never choose one.
  expect(droppedIn(shares, { participants, asksAll: false })).toEqual([]);
});
