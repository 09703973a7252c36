import { describe, expect, it } from 'vitest';
import { chooseCohort } from './cohort.js';

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

  it('drawn by round-robin has nobody twice before everybody once', () => {
    const people = Array.from({ length: 87 }, (_, index) => `p${index}`);
    const rounds = Array.from({ length: 12 }, (_, index) =>
      chooseCohort({
        participants: people,
        fraction: 15 / 87,
        selection: 'round-robin',
        seed: 1,
        round: index + 1,
      }),
    );
    expect(new Set(rounds.slice(0, 6).flat()).size).toBe(87);
    expect(rounds.slice(0, 6).flat()).toHaveLength(87);
    expect(new Set(rounds.slice(6).flat()).size).toBe(87);
    expect(rounds[6]).not.toEqual(rounds[0]);
  });

  // FLSim's test_sequential_user_selector (facebookresearch/FLSim @7311f2d): 10 users, 3 a round.
  it('goes through them one after the other where asked for', () => {
    const people = Array.from({ length: 10 }, (_, index) => `p${index}`);
    const rounds = Array.from({ length: 5 }, (_, index) =>
      chooseCohort({
        participants: people,
        fraction: 0.3,
        selection: 'sequential',
        seed: 1,
        round: index + 1,
      }),
    );
    const [a, b, c] = [people.slice(0, 3), people.slice(3, 6), people.slice(6, 9)];
    expect(rounds).toEqual([a, b, c, people.slice(9), a]);
  });
});
