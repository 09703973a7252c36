import type { Aggregator, AggregatorState } from './aggregator.js';
import { scaleToTotal } from './aggregators/collecting.js';
import type { Engine } from './engines/engine.js';
import type { Vector } from './vector.js';

export interface AggregateVectorsOptions {
  /** What weights are shares of; default: their sum. */
  readonly total?: number | undefined;
  /** What the rule carries from round to round; changed in place. */
  readonly state?: AggregatorState | undefined;
  /** Where the result goes; default: a vector of its own. */
  readonly out?: Float32Array | undefined;
}

/** Aggregates vectors that are all in memory. */
export async function aggregateVectors(
  aggregator: Aggregator,
  vectors: readonly Vector[],
  weights: readonly number[],
  engine: Engine,
  { total = weights.reduce((sum, weight) => sum + weight, 0), state, out }: AggregateVectorsOptions = {},
): Promise<Vector> {
  const size = vectors[0]?.length ?? 0;
  if (aggregator.kind === 'fold') {
    const fold = aggregator.begin(size, engine);
    vectors.forEach((vector, index) => fold.add(vector as Float32Array, 0, weights[index] ?? 0));
    const result = fold.finish(total);
    if (out === undefined) return result;
    out.set(result);
    engine.recycle?.(result);
    return out;
  }
  const read = async (index: number, start: number, target: Float32Array) =>
    target.set(vectors[index]?.subarray(start, start + target.length) ?? []);
  // An engine may work on them where they are.
  const inPlace = vectors.filter((vector) => vector instanceof Float32Array);
  const updates = {
    count: vectors.length,
    size,
    weights,
    ...(inPlace.length === vectors.length && { vectors: inPlace }),
    read,
    out,
  };
  return scaleToTotal(await aggregator.aggregate(updates, engine, state), weights, total);
}
