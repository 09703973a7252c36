import type { CollectingAggregator } from '../aggregator.js';
import { AlgorithmsError } from '../errors.js';
import { eachPart, subset } from './blocks.js';
import { createCollecting, resultVector } from './collecting.js';
import { krumScores } from './krum.js';
import { squaredDistances } from './squared-distances.js';
import { z } from 'zod';
import { aggregatorType } from './aggregator-type.js';
import { byzantine, requireByzantine } from './byzantine.js';

/**
 * Krum chooses θ = n − 2f of n updates, one after the other, each among those that are left; then, coordinate by
 * coordinate, the mean of the β = θ − 2f values nearest to the median of the chosen. Weights do not matter.
 * El Mhamdi, Guerraoui & Rouault: The Hidden Vulnerability of Distributed Learning in Byzantium (2018).
 * Throws `AlgorithmsError` (`impossible_setting`) if n < 4f + 3.
 */
export function createBulyan({ byzantine }: { readonly byzantine: number }): CollectingAggregator {
  return createCollecting(async (updates, { columns: kernels }) => {
    const { count } = updates;
    if (count < 4 * byzantine + 3)
      throw new AlgorithmsError(
        'impossible_setting',
        `Bulyan needs n ≥ 4f + 3 updates: n = ${count}, f = ${byzantine} (byzantine) needs ${4 * byzantine + 3}`,
      );
    const theta = count - 2 * byzantine;
    const beta = theta - 2 * byzantine;
    const chosen = choose(await squaredDistances(updates, kernels), count, theta, byzantine);
    const result = resultVector(updates);
    await eachPart(subset(updates, chosen), kernels, ({ columns, start }) =>
      kernels.meanAround(columns, null, beta, result.subarray(start, start + columns[0]!.length)),
    );
    return result;
  });
}

function choose(distances: Float64Array, count: number, theta: number, byzantine: number): number[] {
  let left = Array.from({ length: count }, (_, index) => index);
  while (left.length > count - theta) {
    const scores = krumScores(distances, left, byzantine);
    const best = scores.indexOf(scores.reduce((least, score) => Math.min(least, score), Infinity));
    left = left.toSpliced(best, 1);
  }
  const rest = new Set(left);
  return Array.from({ length: count }, (_, index) => index).filter((index) => !rest.has(index));
}

export const bulyan = aggregatorType({
  name: 'bulyan',
  summary: 'Selects updates by Krum, then takes the mean around the median of each coordinate.',
  paper: 'El Mhamdi et al. 2018, The Hidden Vulnerability of Distributed Learning in Byzantium',
  arguments: z.object({ byzantine }),
  create: createBulyan,
  check: (args) => requireByzantine('bulyan', args),
  tolerates: (args) => args.byzantine,
});
