import { describe, expect, it } from 'vitest';
import { loadCases } from '../test/vectors.js';
import { chooseCohort } from './cohort.js';

const participants = ['d', 'a', 'c', 'b', 'e'];
const choose = (round: number, fraction = 0.6, seed = 42) =>
  chooseCohort({ participants, fraction, seed, round });

describe('a cohort', () => {
  it('contains all participants at fraction 1, in an order independent of registration', () => {
    expect(choose(1, 1)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('is a share of the participants, determined by seed and round', () => {
    expect(choose(1)).toHaveLength(3);
    expect(choose(1)).toEqual(choose(1));
    expect([...choose(1)].sort()).toEqual(choose(1));
    const rounds = new Set(Array.from({ length: 20 }, (_, round) => choose(round).join()));
    expect(rounds.size).toBeGreaterThan(3);
    expect(choose(1, 0.6, 43)).not.toEqual(choose(1, 0.6, 42));
  });

  it('has at least the requested size, limited by the number of participants', () => {
    const sizeWith = (least: number) =>
      chooseCohort({ participants, fraction: 0.2, least, seed: 42, round: 1 }).length;
    expect([1, 3, 9].map(sizeWith)).toEqual([1, 3, 5]);
  });

  it('includes every participant eventually', () => {
    const seen = new Set(Array.from({ length: 50 }, (_, round) => choose(round, 0.2)).flat());
    expect([...seen].sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(choose(1, 0.01)).toHaveLength(1);
    // Half of five, to the nearest whole number.
    expect(choose(1, 0.5)).toHaveLength(3);
  });

  interface Selection {
    readonly total: number;
    readonly per_round: number;
  }
  const selections = loadCases<Selection & { draws: number; rounds: number }, unknown>('selection');
  const inputOf = (name: string) => selections.find(({ id }) => id === name)!;
  const people = (count: number) =>
    Array.from({ length: count }, (_, index) => `p${String(index).padStart(3, '0')}`);

  it('drawn by round-robin contains each participant once before any participant twice', () => {
    const { total, per_round } = inputOf('select-rr-random').input;
    const turn = Math.ceil(total / per_round);
    const rounds = Array.from({ length: 2 * turn }, (_, index) =>
      chooseCohort({
        participants: people(total),
        fraction: per_round / total,
        selection: 'round-robin',
        seed: 1,
        round: index + 1,
      }),
    );
    for (const once of [rounds.slice(0, turn), rounds.slice(turn)]) {
      expect(new Set(once.flat()).size).toBe(total);
      expect(once.flat()).toHaveLength(total);
    }
    expect(rounds[turn]).not.toEqual(rounds[0]);
  });

  it('iterates over participants in order with sequential selection', () => {
    const { input, expected } = inputOf('select-roundrobin');
    const all = people(input.total);
    const rounds = Array.from({ length: input.rounds }, (_, index) =>
      chooseCohort({
        participants: all,
        fraction: input.per_round / input.total,
        selection: 'sequential',
        seed: 1,
        round: index + 1,
      }),
    );
    expect(rounds.map((cohort) => cohort.map((name) => all.indexOf(name)))).toEqual(expected);
  });

  it('drawn uniformly contains each participant about equally often, and is the same for the same seed', () => {
    const { input, expected } = inputOf('select-uniform');
    const { min_gt, max_lt } = expected as { min_gt: number; max_lt: number };
    const all = people(input.total);
    const drawn = (round: number) =>
      chooseCohort({ participants: all, fraction: 1 / input.total, seed: 7, round });
    const counts = new Map(all.map((name) => [name, 0]));
    for (let round = 1; round <= input.draws; round++) {
      const [name, ...others] = drawn(round);
      expect(others).toEqual([]);
      counts.set(name!, counts.get(name!)! + 1);
    }
    for (const count of counts.values()) {
      expect(count).toBeGreaterThan(min_gt);
      expect(count).toBeLessThan(max_lt);
    }
    expect(drawn(1)).toEqual(drawn(1));
  });

  it.each(loadCases<{ available: number; fraction: number; minimum: number }, number>('flower-sampling'))(
    'is as large as in $id of Flower',
    ({ input: { available, fraction, minimum: least }, expected }) => {
      const cohort = chooseCohort({ participants: people(available), fraction, least, seed: 1, round: 1 });
      expect(cohort).toHaveLength(expected);
    },
  );
});
