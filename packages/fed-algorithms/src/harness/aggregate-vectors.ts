import type { Aggregator } from '../aggregator.js';
import type { Engine } from '../engines/engine.js';
import type { Vector } from '../vector.js';

/** Aggregates vectors that are all in memory; `total`: what a mean divides by, by default the sum of the weights. */
export async function aggregateVectors(
  aggregator: Aggregator,
  vectors: readonly Vector[],
  weights: readonly number[],
  engine: Engine,
  total: number = weights.reduce((sum, weight) => sum + weight, 0),
): Promise<Vector> {
  const size = vectors[0]?.length ?? 0;
  if (aggregator.kind === 'fold') {
    const fold = aggregator.begin(size, engine);
    vectors.forEach((vector, index) => fold.add(vector as Float32Array, 0, weights[index] ?? 0));
    return fold.finish(total);
  }
  const read = async (index: number, start: number, target: Float32Array) =>
    target.set(vectors[index]?.subarray(start, start + target.length) ?? []);
  return aggregator.aggregate({ count: vectors.length, size, weights, read }, engine);
}
