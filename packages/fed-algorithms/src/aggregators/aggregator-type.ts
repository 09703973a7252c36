import type { z } from 'zod';
import type { Aggregator } from '../aggregator.js';
import type { ArgumentsIn, Component, Declared, Typed } from '../component.js';

/** An aggregation rule that a run selects by name: `aggregator`. */
export interface AggregatorType<Args extends object = any> extends Component<Args> {
  readonly create: (args: Args) => Aggregator;
  /** Arguments without effect in such a run, because another argument switches them off. @defaultValue none */
  readonly unused?: (args: Args) => readonly string[];
  /** Throws `InvalidArguments` if the arguments make no sense together. */
  readonly check?: (args: Args) => void;
  /** The number of malicious updates of `count` that the rule withstands. @defaultValue 0 */
  readonly tolerates?: (args: Args, count: number) => number;
  /**
   * An argument is a size of updates, such as a norm. Algorithms that send other vectors with the updates cannot use the
   * rule, because those vectors have another size.
   */
  readonly hasScale?: true;
  /** The result is the mean by the updates' weights. */
  readonly isMean?: true;
  /** The rule adds noise for differential privacy if `noise_multiplier` is above 0. */
  readonly addsNoise?: true;
  /** The largest sum of weights in a round. @defaultValue no limit */
  readonly mostWeight?: (args: Args) => number;
}

/** Infers the type of the arguments from their schema. */
export function aggregatorType<const Name extends string, Shape extends z.core.$ZodShape = {}>(
  type: AggregatorType<ArgumentsIn<Shape>> & Declared<Name, Shape>,
): AggregatorType<ArgumentsIn<Shape>> & Typed<Name, Shape> {
  return type as never;
}

/** Withstands any minority of malicious updates. */
export function anyMinority(_args: unknown, count: number): number {
  return Math.max(0, Math.ceil(count / 2) - 1);
}
