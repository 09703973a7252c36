import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { swarmCandidates } from './swarm-selection.js';

const outputs = (...values: number[]) => values.map((value) => Float32Array.of(value));

describe('swarmCandidates', () => {
  it('takes prefixes of the members above each threshold, the most diverse first, weighted by score', () => {
    // Distances to the others: of 0: 1 and 9; of 1: 1 and 8; of 2: 9 and 8.
    const candidates = swarmCandidates({ scores: [0.5, 0.25, 0.15], predictions: [outputs(0, 1, 9)] });
    expect(candidates.map(({ members }) => members)).toEqual([[2], [2, 0], [2, 0, 1], [0], [0, 1]]);
    expect(candidates[2]!.shares.map((share) => share * 0.9)).toEqual([
      expect.closeTo(0.15, 12),
      expect.closeTo(0.5, 12),
      expect.closeTo(0.25, 12),
    ]);
  });

  it('has the thresholds 0, 0.1, 0.2, 0.3 and 0.4', () => {
    // The less a member scores, the farther it lies from the others: it leads until a threshold leaves it out.
    const scores = [0.45, 0.35, 0.25, 0.15, 0.05];
    const candidates = swarmCandidates({ scores, predictions: [outputs(0, 1, -3, 9, -27)] });
    const alone = candidates.filter(({ members }) => members.length === 1).map(({ members }) => members[0]);
    expect(alone).toEqual([4, 3, 2, 1, 0]);
  });

  it('measures the distance over the data of all judges', () => {
    const far = swarmCandidates({
      scores: [0.5, 0.5, 0.5],
      predictions: [outputs(0, 0, 1), outputs(5, 0, 0)],
    });
    expect(far[0]!.members).toEqual([0]);
  });

  it('selects only the best member if no score is above 0, and nothing without members', () => {
    expect(swarmCandidates({ scores: [-3, -1, -2], predictions: [outputs(0, 1, 2)] })).toEqual([
      { members: [1], shares: [1] },
    ]);
    expect(swarmCandidates({ scores: [], predictions: [] })).toEqual([]);
  });

  it('gives no ensemble twice, and shares that sum to 1', () => {
    const scores = fc.array(fc.double({ min: -0.5, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(scores, (given) => {
        const predictions = [outputs(...given.map((score, i) => Math.sin(i) + score))];
        const candidates = swarmCandidates({ scores: given, predictions });
        const names = candidates.map(({ members }) => members.join());
        expect(new Set(names).size).toBe(names.length);
        for (const { members, shares } of candidates) {
          expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
          expect(new Set(members).size).toBe(members.length);
        }
      }),
    );
  });
});
