import type { CollectingAggregator, UpdateSet } from '../aggregator.js';
import { AlgorithmsError } from '../errors.js';
import { squaredDistances } from './squared-distances.js';

export interface KrumOptions {
  /** How many participants may be malicious: f. */
  readonly byzantine: number;
  /** How many updates are averaged, by weight: m; null: n − f. Krum takes 1. */
  readonly selected: number | null;
}

const BLOCK_VALUES = 16_384;

/**
 * Of n updates the m that lie nearest to their n − f − 2 nearest others, by squared distance, and of those the weighted
 * mean: m = 1 is Krum, more is MultiKrum. Ties go to the update that comes first in the cohort.
 * Blanchard, El Mhamdi, Guerraoui & Stainer: Machine Learning with Adversaries (2017).
 * Throws `AlgorithmsError` (`impossible_setting`) where n < 2f + 3 or m > n.
 */
export function createMultiKrum({ byzantine, selected }: KrumOptions): CollectingAggregator {
  return {
    kind: 'collect',
    async aggregate(updates) {
      const { count } = updates;
      const take = selected ?? count - byzantine;
      if (count < 2 * byzantine + 3)
        throw new AlgorithmsError(
          'impossible_setting',
          `Krum needs n ≥ 2f + 3 updates: n = ${count}, f = ${byzantine} (byzantine) needs ${2 * byzantine + 3}`,
        );
      if (take > count)
        throw new AlgorithmsError(
          'impossible_setting',
          `MultiKrum needs m ≤ n: m = ${take} (krum_selected) of n = ${count} updates`,
        );
      const distances = await squaredDistances(updates);
      const scores = krumScores(distances, byzantine);
      const best = [...scores.keys()].sort((a, b) => scores[a]! - scores[b]! || a - b).slice(0, take);
      return weightedMean(updates, best);
    },
  };
}

/** Of each update the sum of the n − f − 2 smallest of its squared distances to the others. */
export function krumScores(distances: readonly Float64Array[], byzantine: number): number[] {
  return distances.map((row, own) =>
    row
      .filter((_, other) => other !== own)
      .sort()
      .subarray(0, distances.length - byzantine - 2)
      .reduce((sum, distance) => sum + distance, 0),
  );
}

/** Of one update, that update; of several whose weights are all 0, their plain mean. */
async function weightedMean(updates: UpdateSet, indices: readonly number[]): Promise<Float32Array> {
  const result = new Float32Array(updates.size);
  if (indices.length === 1) {
    // As it is, to the sign of a zero.
    await updates.read(indices[0]!, 0, result);
    return result;
  }
  const inOrder = indices.toSorted((a, b) => a - b);
  const given = inOrder.map((index) => updates.weights[index] ?? 0);
  const weights = given.some((weight) => weight > 0) ? given : given.map(() => 1);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  for (let start = 0; start < updates.size; start += BLOCK_VALUES) {
    const length = Math.min(BLOCK_VALUES, updates.size - start);
    const sum = new Float64Array(length);
    const block = new Float32Array(length);
    for (const [place, index] of inOrder.entries()) {
      await updates.read(index, start, block);
      for (let i = 0; i < length; i++) sum[i]! += (weights[place]! / total) * block[i]!;
    }
    result.set(sum, start);
  }
  return result;
}
