import type { CollectingAggregator, UpdateSet } from '../aggregator.js';
import type { ColumnKernels } from '../engines/engine.js';
import { AlgorithmsError } from '../errors.js';
import { subset } from './blocks.js';
import { createCollecting, resultVector } from './collecting.js';
import { squaredDistances } from './squared-distances.js';
import { weightedSum } from './weighted-sum.js';
import { z } from 'zod';
import { count, optional } from '../arguments/types.js';
import { aggregatorType } from './aggregator-type.js';
import { byzantine, requireByzantine } from './byzantine.js';

export interface KrumOptions {
  /** How many participants may be malicious: f. */
  readonly byzantine: number;
  /** How many updates are averaged, by weight: m; null: n − f. Krum takes 1. */
  readonly selected: number | null;
}

/**
 * Of n updates the m that lie nearest to their n − f − 2 nearest others, by squared distance, and of those the weighted
 * mean: m = 1 is Krum, more is MultiKrum. Ties go to the update that comes first in the cohort.
 * Blanchard, El Mhamdi, Guerraoui & Stainer: Machine Learning with Adversaries (2017).
 * Throws `AlgorithmsError` (`impossible_setting`) if n < 2f + 3 or m > n.
 */
export function createMultiKrum({ byzantine, selected }: KrumOptions): CollectingAggregator {
  return createCollecting(async (updates, { columns: kernels }) => {
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
    const distances = await squaredDistances(updates, kernels);
    const all = Array.from({ length: count }, (_, index) => index);
    const scores = krumScores(distances, all, byzantine);
    const best = all.toSorted((a, b) => scores[a]! - scores[b]! || a - b).slice(0, take);
    return weightedMean(
      subset(
        updates,
        best.toSorted((a, b) => a - b),
      ),
      kernels,
    );
  });
}

/**
 * Of each update of `among` (n of them) the sum of the n − f − 2 smallest of its squared distances to the others, of one
 * at least. `distances` holds those of all pairs of the cohort.
 */
export function krumScores(
  distances: Float64Array,
  among: readonly number[],
  byzantine: number,
): readonly number[] {
  const cohort = Math.sqrt(distances.length);
  const nearest = Math.max(1, among.length - byzantine - 2);
  return among.map((own) =>
    Float64Array.from(
      among.filter((other) => other !== own),
      (other) => distances[own * cohort + other]!,
    )
      .sort()
      .subarray(0, nearest)
      .reduce((sum, distance) => sum + distance, 0),
  );
}

/** Of one update, that update; of several whose weights are all 0, their plain mean. */
async function weightedMean(updates: UpdateSet, kernels: ColumnKernels): Promise<Float32Array> {
  if (updates.count === 1) {
    // As it is, to the sign of a zero.
    const result = resultVector(updates);
    await updates.read(0, 0, result);
    return result;
  }
  const total = updates.weights.reduce((sum, weight) => sum + weight, 0);
  return weightedSum(
    updates,
    updates.weights.map((weight) => (total > 0 ? weight / total : 1 / updates.count)),
    kernels,
  );
}

export const krum = aggregatorType({
  name: 'krum',
  summary: 'The update that lies nearest to its n − f − 2 nearest others.',
  paper: 'Blanchard et al. 2017, Machine Learning with Adversaries: Byzantine Tolerant Gradient Descent',
  arguments: z.object({ byzantine }),
  create: (args) => createMultiKrum({ byzantine: args.byzantine, selected: 1 }),
  tolerates: (args) => args.byzantine,
});

export const multiKrum = aggregatorType({
  name: 'multi-krum',
  summary: 'The mean of the updates with the best Krum scores.',
  paper: 'Blanchard et al. 2017, Machine Learning with Adversaries: Byzantine Tolerant Gradient Descent',
  arguments: z.object({
    byzantine,
    krum_selected: optional(count, 'number of updates that are averaged; null: all but byzantine'),
  }),
  create: (args) => createMultiKrum({ byzantine: args.byzantine, selected: args.krum_selected }),
  check: (args) => requireByzantine('multi-krum', args),
  tolerates: (args) => args.byzantine,
});
