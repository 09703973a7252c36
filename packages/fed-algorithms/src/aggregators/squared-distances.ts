import type { UpdateSet } from '../aggregator.js';
import type { ColumnKernels } from '../engines/engine.js';
import { eachBlock, eachPart } from './blocks.js';

/** ‖Δ_i − Δ_j‖² for all pairs, at i · n + j. */
export function squaredDistances(updates: UpdateSet, kernels: ColumnKernels): Promise<Float64Array> {
  return sumOverBlocks(updates, updates.count ** 2, kernels, (columns, _start, sums) =>
    kernels.addSquaredDistances(columns, sums),
  );
}

/** ‖Δ_k − center‖² of each update; null: ‖Δ_k‖². */
export function squaredNorms(
  updates: UpdateSet,
  center: Float32Array | null,
  kernels: ColumnKernels,
): Promise<Float64Array> {
  return sumOverBlocks(updates, updates.count, kernels, (columns, start, sums) =>
    kernels.addSquaredNorms(columns, center?.subarray(start, start + columns[0]!.length) ?? null, sums),
  );
}

/** max_i |Δ_k,i| of each update. */
export async function largestValues(updates: UpdateSet, kernels: ColumnKernels): Promise<Float64Array> {
  const largest = new Float64Array(updates.count);
  await eachBlock(updates, kernels, ({ columns }) =>
    columns.forEach((column, k) => {
      for (const value of column) largest[k] = Math.max(largest[k]!, Math.abs(value));
    }),
  );
  return largest;
}

async function sumOverBlocks(
  updates: UpdateSet,
  count: number,
  kernels: ColumnKernels,
  add: (
    columns: readonly Float32Array[],
    start: number,
    sums: Float64Array,
  ) => ReturnType<ColumnKernels['median']>,
): Promise<Float64Array> {
  const total = new Float64Array(count);
  await eachPart(
    updates,
    kernels,
    async ({ columns, start }) => {
      const sums = new Float64Array(count);
      await add(columns, start, sums);
      return sums;
    },
    (sums) => sums.forEach((sum, at) => (total[at]! += sum)),
  );
  return total;
}
