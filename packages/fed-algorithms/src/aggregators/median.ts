import type { CollectingAggregator } from '../aggregator.js';
import { createColumnwise } from './columnwise.js';

/**
 * Coordinate-wise median; the mean of the two middle values for even counts. Weights do not matter.
 * Yin, Chen, Ramchandran & Bartlett: Byzantine-Robust Distributed Learning (2018).
 */
export function createMedian(): CollectingAggregator {
  return createColumnwise((columns, _weights, out, kernels) => kernels.median(columns, out));
}
