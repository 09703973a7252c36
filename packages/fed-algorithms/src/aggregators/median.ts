import type { CollectingAggregator } from '../aggregator.js';
import { createColumnwise } from './columnwise.js';
import { aggregatorType, anyMinority } from './aggregator-type.js';

/**
 * Coordinate-wise median; the mean of the two middle values for even counts. Weights do not matter.
 * Yin, Chen, Ramchandran & Bartlett: Byzantine-Robust Distributed Learning (2018).
 */
export function createMedian(): CollectingAggregator {
  return createColumnwise((columns, _weights, out, kernels) => kernels.median(columns, out));
}

export const coordinateMedian = aggregatorType({
  name: 'median',
  summary: 'The median of each coordinate.',
  paper: 'Yin et al. 2018, Byzantine-Robust Distributed Learning: Towards Optimal Statistical Rates',
  create: createMedian,
  tolerates: anyMinority,
});
