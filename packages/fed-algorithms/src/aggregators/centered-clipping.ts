import type { CollectingAggregator } from '../aggregator.js';
import { createCollecting, resultVector } from './collecting.js';
import { squaredNorms } from './squared-distances.js';
import { moveCenter } from './weighted-sum.js';

export interface CenteredClippingOptions {
  /** τ: how far one update may pull, before it is divided by n. */
  readonly radius: number;
  /** L: steps; each reads all updates. */
  readonly iterations: number;
}

/**
 * From the last aggregate v (at first 0), `iterations` times: v ← v + (1/n) Σ (Δ_k − v) · min(1, τ / ‖Δ_k − v‖).
 * Weights do not matter.
 * Karimireddy, He & Jaggi: Learning from History for Byzantine Robust Optimization (2021).
 */
export function createCenteredClipping({
  radius,
  iterations,
}: CenteredClippingOptions): CollectingAggregator {
  return createCollecting(
    async (updates, { columns: kernels }, { last }) => {
      const v = resultVector(updates);
      if (last === undefined) v.fill(0);
      else v.set(last);
      let distances = await squaredNorms(updates, v, kernels);
      for (let step = 0; step < iterations; step++) {
        const weights = [...distances].map(
          (squared) => Math.min(1, radius / Math.sqrt(squared)) / updates.count,
        );
        const own = 1 - weights.reduce((sum, weight) => sum + weight, 0);
        distances = await moveCenter(v, own, updates, weights, kernels);
      }
      last?.set(v);
      return v;
    },
    (size) => ({ last: new Float32Array(size) }),
  );
}
