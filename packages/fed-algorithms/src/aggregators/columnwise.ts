import type { CollectingAggregator } from '../aggregator.js';

/** Combines one block of columns: `columns[k]` holds update k's values of the block; `out` has the block's length. */
export type ColumnRule = (
  columns: readonly Float32Array[],
  weights: readonly number[],
  out: Float32Array,
) => void;

/** Most values of one update, and of all together, that are held at a time. */
const BLOCK_VALUES = 16_384;
const HELD_VALUES = 16_777_216;

/** Turns a coordinate-wise rule into an aggregator that holds one block of each update at a time. */
export function createColumnwise(rule: ColumnRule): CollectingAggregator {
  return {
    kind: 'collect',
    async aggregate(updates) {
      const result = new Float32Array(updates.size);
      if (updates.count === 0) return result;
      const block = Math.max(1, Math.min(BLOCK_VALUES, Math.floor(HELD_VALUES / updates.count)));
      for (let start = 0; start < updates.size; start += block) {
        const length = Math.min(block, updates.size - start);
        const columns = updates.weights.map(() => new Float32Array(length));
        await Promise.all(columns.map((column, index) => updates.read(index, start, column)));
        rule(columns, updates.weights, result.subarray(start, start + length));
      }
      return result;
    },
  };
}
