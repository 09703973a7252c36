import type { CollectingAggregator } from '../aggregator.js';
import { createColumnwise } from './columnwise.js';

/**
 * Coordinate-wise: without the ⌊trim · n⌋ largest and as many smallest values, the mean of the rest. Weights do not matter.
 * Yin, Chen, Ramchandran & Bartlett: Byzantine-Robust Distributed Learning (2018).
 */
export function createTrimmedMean({ trim }: { readonly trim: number }): CollectingAggregator {
  return createColumnwise((columns, _weights, out, kernels) => {
    // A share such as 0.3 of 10 is three, whatever its float64 says.
    const cut = Math.floor(trim * columns.length + 1e-9);
    return kernels.trimmedMean(columns, cut, out);
  });
}
