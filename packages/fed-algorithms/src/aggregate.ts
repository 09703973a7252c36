import type { Aggregator } from './aggregator.js';
import { createMultiKrum } from './aggregators/krum.js';
import { createMean } from './aggregators/mean.js';
import { createMedian } from './aggregators/median.js';
import { aggregators, type AggregatorName } from './aggregators/names.js';
import { createTrimmedMean } from './aggregators/trimmed-mean.js';
import { createEngine } from './engines/create-engine.js';
import type { Engine } from './engines/engine.js';
import { AlgorithmsError } from './errors.js';

/** What rules may be told; each takes what it needs. */
export interface AggregatorOptions {
  /** `trimmed-mean`: share of the values cut at each end, below 0.5. */
  readonly trim: number;
  /** `krum`, `multi-krum`: how many participants may be malicious. */
  readonly byzantine: number;
  /** `multi-krum`: how many updates are averaged; null: all but `byzantine`. */
  readonly krum_selected: number | null;
}

const byName: Record<AggregatorName, (options: AggregatorOptions) => Aggregator> = {
  mean: createMean,
  median: createMedian,
  'trimmed-mean': createTrimmedMean,
  krum: ({ byzantine }) => createMultiKrum({ byzantine, selected: 1 }),
  'multi-krum': ({ byzantine, krum_selected }) => createMultiKrum({ byzantine, selected: krum_selected }),
};

export function createAggregator(name: AggregatorName, options: AggregatorOptions): Aggregator {
  return byName[name](options);
}

export interface AggregateOptions extends Partial<AggregatorOptions> {
  /** One for each update; default: all 1. */
  readonly weights?: readonly number[];
  readonly engine?: Engine;
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
  const { weights = updates.map(() => 1), engine = createEngine() } = options;
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
    const at = update.findIndex((value) => !Number.isFinite(value));
    if (at >= 0)
      throw new AlgorithmsError('not_finite', `update ${index} holds ${update[at]} at position ${at}`);
  });
  const { trim = 0.1, byzantine = 0, krum_selected = null } = options;
  const aggregator = createAggregator(name, { trim, byzantine, krum_selected });
  if (aggregator.kind === 'fold') {
    const fold = aggregator.begin(size, engine);
    updates.forEach((update, index) => fold.add(update, 0, weights[index] ?? 0));
    return fold.finish(weights.reduce((sum, weight) => sum + weight, 0));
  }
  const read = async (index: number, start: number, target: Float32Array) => {
    target.set(updates[index]!.subarray(start, start + target.length));
  };
  return aggregator.aggregate({ count: updates.length, size, weights, read }, engine);
}
