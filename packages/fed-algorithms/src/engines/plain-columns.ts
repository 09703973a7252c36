import { checkCut, checkKeep } from './check-counts.js';
import type { ColumnKernels, Columns } from './engine.js';

/** All columns of a block together: what stays in the core's cache. */
const BLOCK_VALUES = 262_144;

/** The kernels as their definitions say them, in float64: slow, and the reference of the others. */
export const plainColumns: ColumnKernels = {
  blockValues: (count) => Math.max(1, Math.floor(BLOCK_VALUES / count)),

  median(columns, out) {
    eachSorted(columns, out, middle);
  },

  trimmedMean(columns, cut, out) {
    checkCut(cut, columns.length);
    eachSorted(columns, out, (values) => mean(values, cut, values.length - cut));
  },

  meanAround(columns, center, keep, out) {
    checkKeep(keep, columns.length);
    eachSorted(columns, out, (values, i) => {
      const target = center?.[i] ?? Math.fround(middle(values));
      const nearer = (a: number, b: number) => Math.fround(a - target) < Math.fround(target - b);
      // The nearest values are adjacent.
      let start = 0;
      while (start + keep < values.length && nearer(values[start + keep]!, values[start]!)) start++;
      return mean(values, start, start + keep);
    });
  },

  addSquaredDistances(columns, sums) {
    columns.forEach((column, i) => {
      for (let j = 0; j < i; j++) {
        const sum = squaredDistance(column, columns[j]!);
        sums[i * columns.length + j]! += sum;
        sums[j * columns.length + i]! += sum;
      }
    });
  },

  addSquaredNorms(columns, center, sums) {
    columns.forEach((column, k) => {
      sums[k]! += squaredDistance(column, center ?? new Float32Array(column.length));
    });
  },

  weightedSum(columns, weights, out) {
    for (let i = 0; i < out.length; i++) {
      let sum = 0;
      for (let k = 0; k < columns.length; k++) sum += weights[k]! * columns[k]![i]!;
      out[i] = sum;
    }
  },
};

function eachSorted(
  columns: Columns,
  out: Float32Array,
  rule: (sorted: Float32Array, position: number) => number,
): void {
  const values = new Float32Array(columns.length);
  for (let i = 0; i < out.length; i++) {
    for (let k = 0; k < columns.length; k++) values[k] = columns[k]![i]!;
    values.sort();
    // A zero of either sign becomes the positive one.
    out[i] = rule(values, i) + 0;
  }
}

function middle(sorted: Float32Array): number {
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

function mean(values: Float32Array, from: number, to: number): number {
  let sum = 0;
  for (let k = from; k < to; k++) sum += values[k]!;
  return sum / (to - from);
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!;
    sum += difference * difference;
  }
  return sum;
}
