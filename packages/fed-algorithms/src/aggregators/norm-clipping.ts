import type { CollectingAggregator } from '../aggregator.js';
import { nextClip, splitNoise, type AdaptiveClip } from './adaptive-clip.js';
import { createCollecting } from './collecting.js';
import {
  firstNoise,
  makePrivate,
  noiseMechanisms,
  noiseStddev,
  type Privacy,
} from './differential-privacy.js';
import { largestValues, squaredNorms } from './squared-distances.js';
import { weightedSum } from './weighted-sum.js';
import { z } from 'zod';
import { nonNegative, oneOf, optional, positive, share, withDefault } from '../arguments/types.js';
import { aggregatorType } from './aggregator-type.js';
import { createGaussian } from './gaussian.js';

const zeroNorms = ['euclidean', 'max'] as const;

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
 * Σ n_k Δ_k · min(1, C / ‖Δ_k‖) / Σ n_k; with noise n_k = 1, because a weight would reveal information about the participant and
 * change its bound.
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

export const normClipping = aggregatorType({
  name: 'norm-clipping',
  summary: 'The mean of updates clipped to a norm; with noise it makes a run differentially private.',
  paper: 'Sun et al. 2019, Can You Really Backdoor Federated Learning?',
  arguments: z.object({
    clip_norm: withDefault(
      positive,
      1,
      'largest norm of an update; with clip_quantile, that of the first round',
    ),
    clip_quantile: optional(
      share,
      'share of the updates that the adaptive bound lets through unclipped; null: clip_norm stays the bound',
    ),
    clip_lr: withDefault(nonNegative, 0.2, 'learning rate of the adaptive bound'),
    zero_above: optional(
      positive,
      'an update with a larger norm counts as zero, because it is taken for broken; null: no update does',
    ),
    zero_norm: withDefault(
      oneOf('zero_norm', zeroNorms),
      'euclidean',
      'norm that zero_above limits: euclidean, or max, the largest absolute value',
    ),
    noise_multiplier: withDefault(
      nonNegative,
      0,
      'differential privacy: standard deviation of the noise, as a multiple of the bound / n in the mean, which is then unweighted; 0: no noise',
    ),
    noise_mechanism: withDefault(
      oneOf('noise_mechanism', noiseMechanisms),
      'gaussian',
      'gaussian: independent noise in each round; tree, efficient-tree: noise of a binary tree over the rounds (DP-FTRL)',
    ),
    noise_count_stddev: optional(
      positive,
      'standard deviation of the noise in the number of updates within the adaptive bound; null: n / 20',
    ),
  }),
  create: ({ clip_norm, clip_quantile, clip_lr, zero_above, zero_norm, ...noise }) =>
    createNormClipping({
      clip: clip_norm,
      adaptive:
        clip_quantile === null ? undefined : { quantile: clip_quantile, lr: clip_lr, geometric: true },
      zeroAbove: zero_above ?? undefined,
      zeroNorm: zero_norm,
      privacy:
        noise.noise_multiplier === 0
          ? undefined
          : {
              multiplier: noise.noise_multiplier,
              mechanism: noise.noise_mechanism,
              countStddev: noise.noise_count_stddev,
              gaussian: createGaussian(),
            },
    }),
  unused: ({ clip_quantile, zero_above, noise_multiplier }) => [
    ...(clip_quantile === null ? ['clip_lr', 'noise_count_stddev'] : []),
    ...(zero_above === null ? ['zero_norm'] : []),
    ...(noise_multiplier === 0 ? ['noise_mechanism', 'noise_count_stddev'] : []),
  ],
  hasScale: true,
  isMean: true,
  addsNoise: true,
});
