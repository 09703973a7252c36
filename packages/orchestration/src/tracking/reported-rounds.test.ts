import { typedEvent, type TypedEvent } from '@synergos/contract/events';
import { expect, it } from 'vitest';
import { reportedRounds } from './reported-rounds.js';

const completed = (round: number) =>
  typedEvent('round_completed', { round, rounds: 9, updates: 2, seconds: 1 });
const metric = (round: number) =>
  typedEvent('metric', { round, samples: 2, loss: 1, score: null, participants: {} });
const isReported = (before: readonly TypedEvent[], event: TypedEvent) => reportedRounds(before).has(event);

it('is empty for a new training', () => {
  const events = [metric(0), completed(1), metric(1)];
  expect(events.map((event) => isReported([], event))).toEqual([false, false, false]);
});

it('returns the last reported round and the evaluations of its model', () => {
  const before = [completed(3)];
  expect([2, 3, 4].map((round) => isReported(before, completed(round)))).toEqual([true, true, false]);
  expect([1, 2, 3].map((round) => isReported(before, metric(round)))).toEqual([true, true, false]);
  expect([3, 4].map((round) => isReported([...before, metric(3)], metric(round)))).toEqual([true, false]);
});

it('contains no event that the same attempt repeats', () => {
  const rounds = reportedRounds([]);
  for (const round of [1, 2]) rounds.note(completed(round));
  expect(rounds.has(metric(0))).toBe(false);
});

it('distinguishes rounds of another job from those of this job', () => {
  const rounds = reportedRounds([completed(3)]);
  expect([3, 4].map((round) => rounds.isCompleted(round))).toEqual([true, false]);
  rounds.note(completed(4));
  expect(rounds.isCompleted(4)).toBe(true);
});
