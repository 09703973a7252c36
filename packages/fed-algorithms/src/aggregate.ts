import { aggregateVectors } from './aggregate-vectors.js';
import type { Aggregator, AggregatorState } from './aggregator.js';
import { createBulyan } from './aggregators/bulyan.js';
import { createCenteredClipping } from './aggregators/centered-clipping.js';
import type { noiseMechanisms } from './aggregators/differential-privacy.js';
import { createGaussian } from './aggregators/gaussian.js';
import { createGeometricMedian } from './aggregators/geometric-median.js';
import { createMultiKrum } from './aggregators/krum.js';
import { createMean } from './aggregators/mean.js';
import { createMedian } from './aggregators/median.js';
import { aggregators, type AggregatorName } from './aggregators/names.js';
import { createNormClipping, type zeroNorms } from './aggregators/norm-clipping.js';
import { createTrimmedMean } from './aggregators/trimmed-mean.js';
import { createEngine } from './engines/create-engine.js';
import type { Engine } from './engines/engine.js';
import { AlgorithmsError } from './errors.js';
import { nonFiniteIn } from './non-finite.js';

/** What rules may be told; each takes what it needs. */
export interface AggregatorOptions {
  /** `trimmed-mean`: share of the values cut at each end, below 0.5. */
  readonly trim: number;
  /** `krum`, `multi-krum`, `bulyan`: how many participants may be malicious. */
  readonly byzantine: number;
  /** `multi-krum`: how many updates are averaged; null: all but `byzantine`. */
  readonly krum_selected: number | null;
  /** `geometric-median`: most steps. */
  readonly weiszfeld_iterations: number;
  /** `geometric-median`: distances below it count as it. */
  readonly weiszfeld_smoothing: number;
  /** `norm-clipping`: largest norm of an update; the first round's with `clip_quantile`. */
  readonly clip_norm: number;
  /** `norm-clipping`: the bound moves to where this share of the norms is within it; null: it does not move. */
  readonly clip_quantile: number | null;
  /** `norm-clipping`: how fast it moves. */
  readonly clip_lr: number;
  /** `norm-clipping`: an update of a larger norm counts as zero; null: none does. */
  readonly zero_above: number | null;
  /** `norm-clipping`: that norm. */
  readonly zero_norm: (typeof zeroNorms)[number];
  /** `norm-clipping`: noise of this multiplier in the mean, which is then uniform; 0: none. */
  readonly noise_multiplier: number;
  /** `norm-clipping`: of its own in each round, or of a tree over the rounds. */
  readonly noise_mechanism: (typeof noiseMechanisms)[number];
  /** `norm-clipping` with `clip_quantile`: of the noise in the number of norms within the bound; null: n / 20. */
  readonly noise_count_stddev: number | null;
  /** `centered-clipping`: how far one update may pull, before it is divided by their number. */
  readonly clip_radius: number;
  /** `centered-clipping`: steps. */
  readonly clip_iterations: number;
}

const defaults: AggregatorOptions = {
  trim: 0.1,
  byzantine: 0,
  krum_selected: null,
  weiszfeld_iterations: 50,
  weiszfeld_smoothing: 1e-6,
  clip_norm: 1,
  clip_quantile: null,
  clip_lr: 0.2,
  zero_above: null,
  zero_norm: 'euclidean',
  noise_multiplier: 0,
  noise_mechanism: 'gaussian',
  noise_count_stddev: null,
  clip_radius: 10,
  clip_iterations: 3,
};

const byName: Record<AggregatorName, (options: AggregatorOptions) => Aggregator> = {
  mean: createMean,
  median: createMedian,
  'trimmed-mean': createTrimmedMean,
  krum: ({ byzantine }) => createMultiKrum({ byzantine, selected: 1 }),
  'multi-krum': ({ byzantine, krum_selected }) => createMultiKrum({ byzantine, selected: krum_selected }),
  bulyan: createBulyan,
  'geometric-median': ({ weiszfeld_iterations, weiszfeld_smoothing }) =>
    createGeometricMedian({ iterations: weiszfeld_iterations, smoothing: weiszfeld_smoothing }),
  'norm-clipping': ({ clip_norm, clip_quantile, clip_lr, zero_above, zero_norm, ...noise }) =>
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
  'centered-clipping': ({ clip_radius, clip_iterations }) =>
    createCenteredClipping({ radius: clip_radius, iterations: clip_iterations }),
};

export function createAggregator(name: AggregatorName, options: AggregatorOptions): Aggregator {
  return byName[name](options);
}

export interface AggregateOptions extends Partial<AggregatorOptions> {
  /** One for each update; default: all 1. */
  readonly weights?: readonly number[];
  readonly engine?: Engine;
  /** What a rule carries from one call to the next, changed in place: `createAggregator(…).state`. */
  readonly state?: AggregatorState;
  /** Where the result goes, fastest into a vector of the engine's (`engine.vector`); default: a vector of its own. */
  readonly out?: Float32Array;
}

/**
 * Aggregates vectors of one length without any server. Weights of zero all through give zeros.
 * Throws `AlgorithmsError` on an unknown rule, an empty set, unequal lengths, a negative weight, NaN or infinities.
 */
export async function aggregate(
  name: AggregatorName,
  updates: readonly Float32Array[],
  options: AggregateOptions = {},
): Promise<Float32Array> {
  const { weights = updates.map(() => 1), engine = createEngine(), state, out } = options;
  if (!aggregators.includes(name))
    throw new AlgorithmsError(
      'unknown_aggregator',
      `unknown aggregation rule '${name}'; there are ${aggregators.join(', ')}`,
    );
  const size = updates[0]?.length;
  if (size === undefined) throw new AlgorithmsError('no_updates', 'there is nothing to aggregate');
  if (weights.length !== updates.length)
    throw new AlgorithmsError(
      'wrong_weights',
      `${updates.length} updates need as many weights, got ${weights.length}`,
    );
  if (out !== undefined && out.length !== size)
    throw new AlgorithmsError('wrong_length', `out has ${out.length} values, the updates have ${size}`);
  const wrong = weights.findIndex((weight) => !(Number.isFinite(weight) && weight >= 0));
  if (wrong >= 0)
    throw new AlgorithmsError(
      'wrong_weights',
      `weight ${wrong} is ${weights[wrong]}; expected a finite number ≥ 0`,
    );
  updates.forEach((update, index) => {
    if (update.length !== size)
      throw new AlgorithmsError(
        'wrong_length',
        `update ${index} has ${update.length} values, update 0 has ${size}`,
      );
    const at = nonFiniteIn(update);
    if (at >= 0)
      throw new AlgorithmsError('not_finite', `update ${index} holds ${update[at]} at position ${at}`);
  });
  const aggregator = createAggregator(name, { ...defaults, ...options });
  const aggregate = await aggregateVectors(aggregator, updates, weights, engine, { state, out });
  return aggregate as Float32Array;
}
