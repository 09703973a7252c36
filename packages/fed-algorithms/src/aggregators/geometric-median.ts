import type { CollectingAggregator } from '../aggregator.js';
import { createCollecting, resultVector } from './collecting.js';
import { squaredNorms } from './squared-distances.js';
import { moveCenter } from './weighted-sum.js';
import { z } from 'zod';
import { count, positive, withDefault } from '../arguments/types.js';
import { aggregatorType, anyMinority } from './aggregator-type.js';

export interface GeometricMedianOptions {
  /** Most steps; each reads all updates. */
  readonly iterations: number;
  /** ν: distances below it count as it, so that no update's weight is without bound. */
  readonly smoothing: number;
}

/** Largest change of a distance, relative to it, at which the steps end. */
const TOLERANCE = 1e-7;

/**
 * The z that makes Σ α_k ‖Δ_k − z‖ least, α_k = n_k / n, by smoothed Weiszfeld steps:
 * z ← Σ β_k Δ_k / Σ β_k, β_k = α_k / max(ν, ‖Δ_k − z‖).
 * Pillutla, Kakade & Harchaoui: Robust Aggregation for Federated Learning (2022).
 * It starts from the mean of the updates, each shortened to their median norm: from the mean itself, the way back from an
 * update that is far out would be long.
 */
export function createGeometricMedian({
  iterations,
  smoothing,
}: GeometricMedianOptions): CollectingAggregator {
  return createCollecting(async (updates, { columns: kernels }) => {
    const alphas = shares(updates.weights);
    const norms = roots(await squaredNorms(updates, null, kernels));
    const typical = Math.max(smoothing, norms.toSorted((a, b) => a - b)[norms.length >> 1]!);
    const start = alphas.map((alpha, k) => alpha * Math.min(1, typical / norms[k]!));
    const z = resultVector(updates);
    let distances = roots(await moveCenter(z, 0, updates, start, kernels));
    for (let step = 0; step < iterations; step++) {
      const smoothed = distances.map((distance) => Math.max(smoothing, distance));
      const betas = shares(alphas.map((alpha, k) => alpha / smoothed[k]!));
      distances = roots(await moveCenter(z, 0, updates, betas, kernels));
      const still = smoothed.every(
        (before, k) => Math.abs(Math.max(smoothing, distances[k]!) - before) <= TOLERANCE * before,
      );
      if (still) break;
    }
    return z;
  });
}

function shares(weights: readonly number[]): readonly number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

const roots = (squares: Float64Array) => [...squares].map(Math.sqrt);

export const geometricMedian = aggregatorType({
  name: 'geometric-median',
  summary: 'The point with the least weighted sum of distances to all updates.',
  paper: 'Pillutla et al. 2022, Robust Aggregation for Federated Learning',
  arguments: z.object({
    weiszfeld_iterations: withDefault(count.max(10_000), 50, 'largest number of steps'),
    weiszfeld_smoothing: withDefault(positive, 1e-6, 'smallest distance: shorter ones count as this one'),
  }),
  create: ({ weiszfeld_iterations, weiszfeld_smoothing }) =>
    createGeometricMedian({ iterations: weiszfeld_iterations, smoothing: weiszfeld_smoothing }),
  tolerates: anyMinority,
});
