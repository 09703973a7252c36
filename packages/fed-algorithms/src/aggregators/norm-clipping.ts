import type { CollectingAggregator } from '../aggregator.js';
import { nextClip, splitNoise, type AdaptiveClip } from './adaptive-clip.js';
import { createCollecting } from './collecting.js';
import { firstNoise, makePrivate, noiseStddev, type Privacy } from './differential-privacy.js';
import { largestValues, squaredNorms } from './squared-distances.js';
import { weightedSum } from './weighted-sum.js';

export const zeroNorms = ['euclidean', 'max'] as const;

export interface NormClippingOptions {
  /** Largest norm of an update; the first round's where it adapts. */
  readonly clip: number;
  readonly adaptive?: AdaptiveClip | undefined;
  /** An update of a norm above it counts as zero, with its weight; default: none does. */
  readonly zeroAbove?: number | undefined;
  /** That norm: of all values, or the largest of them; default: of all. */
  readonly zeroNorm?: (typeof zeroNorms)[number] | undefined;
  /** Noise in the mean; default: none. */
  readonly privacy?: Privacy | undefined;
}

/**
 * Σ n_k Δ_k · min(1, C / ‖Δ_k‖) / Σ n_k; with noise n_k = 1, for a weight would tell of the participant, and change what
 * it may add.
 * Sun, Kairouz, Suresh & McMahan: Can You Really Backdoor Federated Learning? (2019).
 */
export function createNormClipping({
  clip,
  adaptive,
  zeroAbove = Infinity,
  zeroNorm = 'euclidean',
  privacy,
}: NormClippingOptions): CollectingAggregator {
  return createCollecting(
    async (updates, { columns: kernels }, state) => {
      const weights = privacy === undefined ? updates.weights : updates.weights.map(uniform);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const bound = state.clip?.[0] ?? clip;
      const z = privacy?.multiplier ?? 0;
      const stddevs =
        adaptive === undefined ? { values: z, count: 0 } : splitNoise(z, total, privacy?.countStddev ?? null);
      const norms = [...(await squaredNorms(updates, null, kernels))].map(Math.sqrt);
      const sizes = zeroNorm === 'max' ? await largestValues(updates, kernels) : norms;
      const factors = norms.map((norm, k) =>
        sizes[k]! > zeroAbove ? 0 : (weights[k]! / total) * clipFactor(norm, bound),
      );
      const result = await weightedSum(updates, factors, kernels);
      if (privacy !== undefined)
        await makePrivate(result, noiseStddev(stddevs.values, bound, total), privacy, state);
      if (adaptive !== undefined && state.clip !== undefined)
        state.clip[0] = nextClip(bound, norms, adaptive, stddevs.count * (privacy?.gaussian() ?? 0));
      return result;
    },
    (size) => ({
      ...(adaptive !== undefined && { clip: Float32Array.of(clip) }),
      ...(privacy !== undefined && firstNoise(privacy, size)),
    }),
  );
}

/** Those of weight 0, too old to count, stay left out. */
function uniform(weight: number): number {
  return weight > 0 ? 1 : 0;
}

function clipFactor(norm: number, bound: number): number {
  return norm > bound ? bound / norm : 1;
}
