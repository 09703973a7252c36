import { collectUpdates, foldUpdates, totalsOf, type Share, type Totals } from './aggregate-updates.js';
import type { Aggregator, AggregatorState } from './aggregator.js';
import type { Engine } from './engines/engine.js';
import type { Partition } from './model/partition.js';
import type { Vector } from './vector.js';

export interface AggregateVectorsOptions {
  /** Which values are trained; default: all. */
  readonly partition?: Partition | undefined;
  /** What weights are shares of; default: their sums. */
  readonly totals?: Totals | undefined;
  /** State of the rule between rounds; changed in place. */
  readonly state?: AggregatorState | undefined;
  /** Destination of the result; default: a new vector. */
  readonly out?: Float32Array | undefined;
}

/** Aggregates vectors that are all in memory. */
export async function aggregateVectors(
  aggregator: Aggregator,
  vectors: readonly Vector[],
  shares: readonly Share[],
  engine: Engine,
  { partition, totals = totalsOf(shares), state, out }: AggregateVectorsOptions = {},
): Promise<Vector> {
  const shape = { size: vectors[0]?.length ?? 0, partition, engine };
  if (aggregator.kind === 'fold') {
    const fold = foldUpdates(aggregator, shape);
    vectors.forEach((vector, index) => fold.add(vector as Float32Array, 0, shares[index]!));
    const result = fold.finish(totals);
    if (out === undefined) return result;
    out.set(result);
    engine.recycle?.(result);
    return out;
  }
  const read = async (index: number, start: number, target: Float32Array) =>
    target.set(vectors[index]?.subarray(start, start + target.length) ?? []);
  // An engine may process them without a copy.
  const inPlace = vectors.filter((vector) => vector instanceof Float32Array);
  const updates = { shares, read, ...(inPlace.length === vectors.length && { vectors: inPlace }) };
  return collectUpdates(aggregator, updates, shape, { state, totals, out });
}
