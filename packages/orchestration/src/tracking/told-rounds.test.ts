import { expect, it } from 'vitest';
import { toldRounds } from './told-rounds.js';

const completed = (round: number) => ({ type: 'round_completed', data: { round } });
const metric = (round: number) => ({ type: 'metric', data: { round } });
const told = (before: Parameters<typeof toldRounds>[0], { type, data } = completed(0)) =>
  toldRounds(before).has(type, data);

it('a training that begins has told nothing', () => {
  expect([told([], metric(0)), told([], completed(1)), told([], metric(1))]).toEqual([false, false, false]);
});

it('a round that was told is not told again, nor any before, nor how their models did', () => {
  const before = [completed(3)];
  expect([2, 3, 4].map((round) => told(before, completed(round)))).toEqual([true, true, false]);
  expect([1, 2, 3].map((round) => told(before, metric(round)))).toEqual([true, true, false]);
  expect([3, 4].map((round) => told([...before, metric(3)], metric(round)))).toEqual([true, false]);
});

it('what comes several times in one attempt is told each time', () => {
  const rounds = toldRounds([]);
  for (const round of [1, 2]) rounds.note('round_completed', { round });
  expect(rounds.has('metric', { round: 0 })).toBe(false);
});

it('a round that another job did is told apart from those of this one', () => {
  const rounds = toldRounds([completed(3)]);
  expect([3, 4].map((round) => rounds.isCompleted(round))).toEqual([true, false]);
  rounds.note('round_completed', { round: 4 });
  expect(rounds.isCompleted(4)).toBe(true);
});
