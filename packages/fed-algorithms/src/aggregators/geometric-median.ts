import type { CollectingAggregator } from '../aggregator.js';
import { createCollecting } from './collecting.js';
import { moveCenter } from './weighted-sum.js';

export interface GeometricMedianOptions {
  /** Most steps; each reads all updates. */
  readonly iterations: number;
  /** ν: distances below it count as it, so that no update's weight is without bound. */
  readonly smoothing: number;
}

/** Largest change of a share at which the steps end. */
const TOLERANCE = 1e-8;

/**
 * The z that makes Σ α_k ‖Δ_k − z‖ least, α_k = n_k / n, by smoothed Weiszfeld steps from the mean:
 * z ← Σ β_k Δ_k / Σ β_k, β_k = α_k / max(ν, ‖Δ_k − z‖).
 * Pillutla, Kakade & Harchaoui: Robust Aggregation for Federated Learning (2022).
 */
export function createGeometricMedian({
  iterations,
  smoothing,
}: GeometricMedianOptions): CollectingAggregator {
  return createCollecting(async (updates, { columns: kernels }) => {
    const alphas = shares(updates.weights);
    const z = new Float32Array(updates.size);
    let mixture = alphas;
    let distances = await moveCenter(z, 0, updates, mixture, kernels);
    for (let step = 0; step < iterations; step++) {
      const betas = alphas.map((alpha, k) => alpha / Math.max(smoothing, Math.sqrt(distances[k]!)));
      const next = shares(betas);
      const change = Math.max(...next.map((share, k) => Math.abs(share - mixture[k]!)));
      if (change <= TOLERANCE) break;
      mixture = next;
      distances = await moveCenter(z, 0, updates, mixture, kernels);
    }
    return z;
  });
}

function shares(weights: readonly number[]): readonly number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
