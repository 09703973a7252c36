import type { UpdateSet } from '../aggregator.js';
import type { ColumnKernels } from '../engines/engine.js';
import { eachPart } from './blocks.js';
import { resultVector } from './collecting.js';

/** Σ weights[k] · Δ_k */
export async function weightedSum(
  updates: UpdateSet,
  weights: readonly number[],
  kernels: ColumnKernels,
): Promise<Float32Array> {
  const result = resultVector(updates);
  await eachPart(updates, kernels, ({ columns, start }) =>
    kernels.weightedSum(columns, weights, result.subarray(start, start + columns[0]!.length)),
  );
  return result;
}

/**
 * Moves a center to own · center + Σ weights[k] · Δ_k, in place, and gives the squared distances of the updates from where
 * it is then. Each update is read once.
 */
export async function moveCenter(
  center: Float32Array,
  own: number,
  updates: UpdateSet,
  weights: readonly number[],
  kernels: ColumnKernels,
): Promise<Float64Array> {
  const distances = new Float64Array(updates.count);
  await eachPart(
    updates,
    kernels,
    async ({ columns, start }) => {
      const part = center.subarray(start, start + columns[0]!.length);
      const before = own === 0 ? null : part.slice();
      await kernels.weightedSum(columns, weights, part);
      if (before !== null) await kernels.weightedSum([part.slice(), before], [1, own], part);
      const sums = new Float64Array(updates.count);
      await kernels.addSquaredNorms(columns, part, sums);
      return sums;
    },
    (sums) => sums.forEach((sum, k) => (distances[k]! += sum)),
  );
  return distances;
}
