import { createColumnwise } from './columnwise.js';
import type { CollectingAggregator } from '../aggregator.js';

/**
 * Coordinate-wise: without the ⌊trim · n⌋ largest and as many smallest values, the mean of the rest. Weights do not matter.
 * Yin, Chen, Ramchandran & Bartlett: Byzantine-Robust Distributed Learning (2018).
 */
export function createTrimmedMean({ trim }: { readonly trim: number }): CollectingAggregator {
  return createColumnwise((columns, _weights, out) => {
    const values = new Float32Array(columns.length);
    // A share such as 0.3 of 10 is three, whatever its float64 says.
    const cut = Math.floor(trim * columns.length + 1e-9);
    for (let i = 0; i < out.length; i++) {
      for (let k = 0; k < columns.length; k++) values[k] = columns[k]![i]!;
      values.sort();
      let sum = 0;
      for (let k = cut; k < values.length - cut; k++) sum += values[k]!;
      out[i] = sum / (values.length - 2 * cut);
    }
  });
}
