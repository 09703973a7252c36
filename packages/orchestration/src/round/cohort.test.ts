import { describe, expect, it } from 'vitest';
import { chooseCohort, quorum } from './cohort.js';
import { roundDeadlineMs } from './deadline.js';

const participants = ['d', 'a', 'c', 'b', 'e'];
const choose = (round: number, fraction = 0.6, seed = 42) =>
  chooseCohort({ participants, fraction, seed, round });

describe('a cohort', () => {
  it('is everybody, in an order that does not depend on who registered first', () => {
    expect(choose(1, 1)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('is a share of them, the same for the same seed and round, another in other rounds', () => {
    expect(choose(1)).toHaveLength(3);
    expect(choose(1)).toEqual(choose(1));
    expect([...choose(1)].sort()).toEqual(choose(1));
    const rounds = new Set(Array.from({ length: 20 }, (_, round) => choose(round).join()));
    expect(rounds.size).toBeGreaterThan(3);
    expect(choose(1, 0.6, 43)).not.toEqual(choose(1, 0.6, 42));
  });

  it('leaves nobody out for ever', () => {
    const seen = new Set(Array.from({ length: 50 }, (_, round) => choose(round, 0.2)).flat());
    expect([...seen].sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(choose(1, 0.01)).toHaveLength(1);
  });
});

it('a quorum is what was asked for, but never more than the cohort; else half of it', () => {
  expect([quorum(5, null), quorum(4, null), quorum(1, null)]).toEqual([3, 2, 1]);
  expect([quorum(5, 2), quorum(3, 10)]).toEqual([2, 3]);
});

it("a round's deadline is as asked for, else generous at first and then by the rounds seen", () => {
  expect(roundDeadlineMs(5, 2)).toBe(5000);
  expect(roundDeadlineMs(null)).toBe(3_600_000);
  expect(roundDeadlineMs(null, 30_000)).toBe(300_000);
  expect(roundDeadlineMs(null, 10)).toBe(60_000);
});
