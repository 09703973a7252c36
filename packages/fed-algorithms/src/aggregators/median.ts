import { createColumnwise } from './columnwise.js';
import type { CollectingAggregator } from '../aggregator.js';

/**
 * Coordinate-wise median; the mean of the two middle values for even counts. Weights do not matter.
 * Yin, Chen, Ramchandran & Bartlett: Byzantine-Robust Distributed Learning (2018).
 */
export function createMedian(): CollectingAggregator {
  return createColumnwise((columns, _weights, out) => {
    const values = new Float32Array(columns.length);
    const upper = columns.length >> 1;
    const lower = (columns.length - 1) >> 1;
    for (let i = 0; i < out.length; i++) {
      for (let k = 0; k < columns.length; k++) values[k] = columns[k]![i]!;
      values.sort();
      out[i] = (values[lower]! + values[upper]!) / 2;
    }
  });
}
