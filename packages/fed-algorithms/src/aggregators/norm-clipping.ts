import type { CollectingAggregator } from '../aggregator.js';
import { nextClip, type AdaptiveClip } from './adaptive-clip.js';
import { createCollecting } from './collecting.js';
import { squaredNorms } from './squared-distances.js';
import { weightedSum } from './weighted-sum.js';

export interface NormClippingOptions {
  /** Largest norm of an update; the first round's where it adapts. */
  readonly clip: number;
  readonly adaptive?: AdaptiveClip | undefined;
  /** An update of a norm above it counts as zero, with its weight; default: none does. */
  readonly zeroAbove?: number | undefined;
}

/**
 * Σ n_k Δ_k · min(1, C / ‖Δ_k‖) / Σ n_k
 * Sun, Kairouz, Suresh & McMahan: Can You Really Backdoor Federated Learning? (2019).
 */
export function createNormClipping({
  clip,
  adaptive,
  zeroAbove = Infinity,
}: NormClippingOptions): CollectingAggregator {
  return createCollecting(
    async (updates, { columns: kernels }, state) => {
      const bound = state.clip?.[0] ?? clip;
      const norms = [...(await squaredNorms(updates, null, kernels))].map(Math.sqrt);
      const total = updates.weights.reduce((sum, weight) => sum + weight, 0);
      const factors = norms.map(
        (norm, k) => (updates.weights[k]! / total) * clipFactor(norm, bound, zeroAbove),
      );
      const result = await weightedSum(updates, factors, kernels);
      if (adaptive !== undefined && state.clip !== undefined)
        state.clip[0] = nextClip(bound, norms, adaptive);
      return result;
    },
    adaptive === undefined ? undefined : () => ({ clip: Float32Array.of(clip) }),
  );
}

function clipFactor(norm: number, bound: number, zeroAbove: number): number {
  if (norm > zeroAbove) return 0;
  return norm > bound ? bound / norm : 1;
}
