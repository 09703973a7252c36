import type { Engine } from './engines/engine.js';

/** A rule that turns the cohort's updates into one vector. Updates keep the cohort's order, not the order of arrival. */
export type Aggregator = FoldingAggregator | CollectingAggregator;

/** Mean-type rules: each update is added as it arrives; memory does not grow with the number of updates. */
export interface FoldingAggregator {
  readonly kind: 'fold';
  /** A factor of an update may go into its weight: the rule does not look at the size of values. */
  readonly linear?: true;
  /** `size`: number of float32 values in an update. */
  begin(size: number, engine: Engine): Fold;
}

export interface Fold {
  /** Folds a piece of an update that starts at `offset`; pieces may be of any length. */
  add(piece: Float32Array, offset: number, weight: number): void;
  /** The aggregate; zero if `totalWeight` is. Ends the fold. */
  finish(totalWeight: number): Float32Array;
}

/** Rules that need all updates at once; they read them in blocks, so that memory stays bounded. */
export interface CollectingAggregator {
  readonly kind: 'collect';
  /** Initial state, carried between rounds; `size`: number of float32 values in an update. */
  readonly state?: (size: number) => AggregatorState;
  /** `state`: changed in place, a vector may give way to a longer one; default: as at first. */
  aggregate(updates: UpdateSet, engine: Engine, state?: AggregatorState): Promise<Float32Array>;
}

/** Vectors by name, of any length; checkpointed with the model. */
export type AggregatorState = Record<string, Float32Array>;

export interface UpdateSet {
  readonly count: number;
  /** Number of float32 values in an update. */
  readonly size: number;
  readonly weights: readonly number[];
  /** The complete updates, if they are in memory: an engine may then process them without a copy. */
  readonly vectors?: readonly Float32Array[] | undefined;
  /** Destination of the result, `size` values; default: a new vector. */
  readonly out?: Float32Array | undefined;
  /** Fills `target` with the values of update `index` from position `start`. */
  read(index: number, start: number, target: Float32Array): Promise<void>;
}
