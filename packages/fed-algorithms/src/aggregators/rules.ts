import type { z } from 'zod';
import type { Aggregator } from '../aggregator.js';
import { runArgumentsSchema } from '../arguments.js';
import { createBulyan } from './bulyan.js';
import { createCenteredClipping } from './centered-clipping.js';
import { createFixedPointMean, mostExactWeight } from './fixed-point.js';
import { createGaussian } from './gaussian.js';
import { createGeometricMedian } from './geometric-median.js';
import { createMultiKrum } from './krum.js';
import { createMean } from './mean.js';
import { createMedian } from './median.js';
import type { AggregatorName } from './names.js';
import { createNormClipping } from './norm-clipping.js';
import { createTrimmedMean, trimmedAtEachEnd } from './trimmed-mean.js';

/** Options of all rules, with the names, ranges and defaults of a run's arguments. A rule takes those that it needs. */
export const optionsSchema = runArgumentsSchema.pick({
  trim: true,
  byzantine: true,
  krum_selected: true,
  weiszfeld_iterations: true,
  weiszfeld_smoothing: true,
  clip_norm: true,
  clip_quantile: true,
  clip_lr: true,
  zero_above: true,
  zero_norm: true,
  noise_multiplier: true,
  noise_mechanism: true,
  noise_count_stddev: true,
  clip_radius: true,
  clip_iterations: true,
  value_bound: true,
  value_bits: true,
});
export type AggregatorOptions = z.infer<typeof optionsSchema>;

/** One aggregation rule as a run can name it. */
export interface Rule {
  readonly create: (options: AggregatorOptions) => Aggregator;
  /** The options that have an effect. */
  readonly reads: readonly (keyof AggregatorOptions)[];
  /** How many malicious updates of `count` the rule tolerates. A rule that only bounds what one of them does tolerates none. */
  readonly tolerates: (options: AggregatorOptions, count: number) => number;
  /** An option is a size of updates: vectors of another kind, sent with the updates, cannot go through the rule. */
  readonly hasScale?: true;
  /** Largest sum of weights in a round. @defaultValue no limit */
  readonly mostWeight?: (options: AggregatorOptions) => number;
}

const minority = (_options: AggregatorOptions, count: number) => Math.max(0, Math.ceil(count / 2) - 1);
const none = () => 0;
const byzantineOf = ({ byzantine }: AggregatorOptions) => byzantine;

export const rules: Readonly<Record<AggregatorName, Rule>> = {
  mean: { create: createMean, reads: [], tolerates: none },
  median: { create: createMedian, reads: [], tolerates: minority },
  'trimmed-mean': {
    create: createTrimmedMean,
    reads: ['trim'],
    tolerates: ({ trim }, count) => trimmedAtEachEnd(trim, count),
  },
  krum: {
    create: ({ byzantine }) => createMultiKrum({ byzantine, selected: 1 }),
    reads: ['byzantine'],
    tolerates: byzantineOf,
  },
  'multi-krum': {
    create: ({ byzantine, krum_selected }) => createMultiKrum({ byzantine, selected: krum_selected }),
    reads: ['byzantine', 'krum_selected'],
    tolerates: byzantineOf,
  },
  bulyan: { create: createBulyan, reads: ['byzantine'], tolerates: byzantineOf },
  'geometric-median': {
    create: ({ weiszfeld_iterations, weiszfeld_smoothing }) =>
      createGeometricMedian({ iterations: weiszfeld_iterations, smoothing: weiszfeld_smoothing }),
    reads: ['weiszfeld_iterations', 'weiszfeld_smoothing'],
    tolerates: minority,
  },
  'norm-clipping': {
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
    reads: [
      'clip_norm',
      'clip_quantile',
      'clip_lr',
      'zero_above',
      'zero_norm',
      'noise_multiplier',
      'noise_mechanism',
      'noise_count_stddev',
    ],
    tolerates: none,
    hasScale: true,
  },
  'centered-clipping': {
    create: ({ clip_radius, clip_iterations }) =>
      createCenteredClipping({ radius: clip_radius, iterations: clip_iterations }),
    reads: ['clip_radius', 'clip_iterations'],
    tolerates: none,
    hasScale: true,
  },
  'fixed-point': {
    create: ({ value_bound, value_bits }) => createFixedPointMean({ bound: value_bound, bits: value_bits }),
    reads: ['value_bound', 'value_bits'],
    tolerates: none,
    hasScale: true,
    mostWeight: ({ value_bits }) => mostExactWeight(value_bits),
  },
};

export function createAggregator(name: AggregatorName, options: AggregatorOptions): Aggregator {
  return rules[name].create(options);
}
