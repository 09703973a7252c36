import { aggregateVectors } from './aggregate-vectors.js';
import type { Aggregator, AggregatorState } from './aggregator.js';
import type { AggregatorType } from './aggregators/aggregator-type.js';
import { checkPrivacy } from './aggregators/check-privacy.js';
import { aggregators, type AggregatorName } from './aggregators/index.js';
import { checkUpdates } from './check-updates.js';
import { shapeOf, type AllArgumentsOf } from './component.js';
import { builtInComponents } from './components.js';
import { createEngine } from './engines/create-engine.js';
import type { Engine } from './engines/engine.js';
import { AlgorithmsError, InvalidArguments } from './errors.js';
import { issuesOf } from './issues.js';
import { z } from 'zod';

/** The arguments of all aggregators of this package. */
export type AggregatorOptions = AllArgumentsOf<typeof aggregators>;

export interface AggregateOptions extends Partial<AggregatorOptions> {
  /** One weight for each update. @defaultValue all 1 */
  readonly weights?: readonly number[];
  readonly engine?: Engine;
  /** State of the aggregator between calls, changed in place: `create(…).state`. */
  readonly state?: AggregatorState;
  /** The vector that gets the result; fastest is a vector of the engine (`engine.vector`). @defaultValue a new vector */
  readonly out?: Float32Array;
}

/**
 * Aggregates vectors of one length without a server. The result is zero if all weights are.
 * @param aggregator a name, or the aggregator itself, such as that of a plug-in.
 * @throws AlgorithmsError on an unknown aggregator or option, an empty set, another type than Float32Array, unequal
 * lengths, a negative weight, NaN or infinities, and on settings that the aggregator cannot work with.
 */
export async function aggregate(
  aggregator: AggregatorName | AggregatorType,
  updates: readonly Float32Array[],
  options: AggregateOptions & object = {},
): Promise<Float32Array> {
  const { weights = updates.map(() => 1), engine = createEngine(), state, out, ...given } = options;
  checkUpdates(updates, weights, out);
  const result = await aggregateVectors(
    createAggregator(aggregator, given),
    updates,
    weights.map((weight) => ({ weight })),
    engine,
    { state, out },
  );
  return result as Float32Array;
}

/**
 * Creates an aggregator. Options of other aggregators are accepted, so that one set of options serves several.
 * @param aggregator a name, or the aggregator itself, such as that of a plug-in.
 * @throws AlgorithmsError on an unknown aggregator, `InvalidArguments` on an unknown option or a value out of range.
 */
export function createAggregator(
  aggregator: AggregatorName | AggregatorType,
  options: Partial<AggregatorOptions> & object = {},
): Aggregator {
  const type = typeOf(aggregator);
  return type.create(parseOptions(type, options));
}

function typeOf(aggregator: string | AggregatorType): AggregatorType {
  if (typeof aggregator !== 'string') return aggregator;
  const type = builtInComponents.aggregators.find(aggregator);
  if (type !== undefined) return type;
  throw new AlgorithmsError(
    'unknown_aggregator',
    `unknown aggregation rule '${aggregator}'; there are ${builtInComponents.aggregators.names.join(', ')}`,
  );
}

function parseOptions(type: AggregatorType, given: object): AggregatorOptions {
  const shape = Object.assign({}, ...[...aggregators, type].map(shapeOf)) as z.ZodRawShape;
  const parsed = z.strictObject(shape).safeParse(given);
  if (!parsed.success) throw new InvalidArguments(issuesOf(parsed.error));
  const args = parsed.data as unknown as AggregatorOptions;
  checkPrivacy(
    { name: 'aggregate' },
    { ...args, aggregator: type.name },
    {
      aggregators: { ...builtInComponents.aggregators, get: () => type },
    },
  );
  return args;
}
