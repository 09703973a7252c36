import type { CollectingAggregator } from '../aggregator.js';
import type { ColumnKernels, Columns, Done } from '../engines/engine.js';
import { eachPart } from './blocks.js';
import { createCollecting, resultVector } from './collecting.js';

/** Combines one block of columns: `columns[k]` holds update k's values of the block; `out` has the block's length. */
export type ColumnRule = (
  columns: Columns,
  weights: readonly number[],
  out: Float32Array,
  kernels: ColumnKernels,
) => Done;

/** Turns a coordinate-wise rule into an aggregator that holds few blocks of each update at a time. */
export function createColumnwise(rule: ColumnRule): CollectingAggregator {
  return createCollecting(async (updates, { columns: kernels }) => {
    const result = resultVector(updates);
    await eachPart(updates, kernels, ({ columns, start }) =>
      rule(columns, updates.weights, result.subarray(start, start + columns[0]!.length), kernels),
    );
    return result;
  });
}
