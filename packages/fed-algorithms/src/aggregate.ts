import { aggregateVectors } from './aggregate-vectors.js';
import type { AggregatorState } from './aggregator.js';
import { checkPrivacy } from './aggregators/check-privacy.js';
import { aggregators, type AggregatorName } from './aggregators/names.js';
import { createAggregator, optionsSchema, type AggregatorOptions } from './aggregators/rules.js';
import { createEngine } from './engines/create-engine.js';
import type { Engine } from './engines/engine.js';
import { AlgorithmsError, InvalidArguments } from './errors.js';
import { issuesOf } from './issues.js';
import { nonFiniteIn } from './non-finite.js';

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
 * Throws `AlgorithmsError` on an unknown rule or option, an empty set, other arrays than Float32Array, unequal lengths, a negative weight, NaN or infinities, and
 * where a rule is told what it cannot do.
 */
export async function aggregate(
  name: AggregatorName,
  updates: readonly Float32Array[],
  options: AggregateOptions = {},
): Promise<Float32Array> {
  const { weights = updates.map(() => 1), engine = createEngine(), state, out, ...told } = options;
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
    if (!(update instanceof Float32Array))
      throw new AlgorithmsError(
        'wrong_type',
        `update ${index} is no Float32Array: Float32Array.from makes one`,
      );
    if (update.length !== size)
      throw new AlgorithmsError(
        'wrong_length',
        `update ${index} has ${update.length} values, update 0 has ${size}`,
      );
    const at = nonFiniteIn(update);
    if (at >= 0)
      throw new AlgorithmsError('not_finite', `update ${index} holds ${update[at]} at position ${at}`);
  });
  const settings = optionsSchema.strict().safeParse(told);
  if (!settings.success) throw new InvalidArguments(issuesOf(settings.error));
  checkPrivacy({ name: 'aggregate' }, { ...settings.data, aggregator: name });
  const aggregator = createAggregator(name, settings.data);
  const aggregate = await aggregateVectors(
    aggregator,
    updates,
    weights.map((weight) => ({ weight })),
    engine,
    { state, out },
  );
  return aggregate as Float32Array;
}
