import { createAggregator, type CollectingAggregator, type Engine } from '@synergos/fed-algorithms';

/** As in `bench/python/strategies.py`. */
const BYZANTINE = 1;
const WEISZFELD_STEPS = 4;

export const kernelNames = [
  'mean',
  'median',
  'trimmed-mean',
  'distances',
  'krum',
  'bulyan',
  'geometric-median',
] as const;
export type KernelName = (typeof kernelNames)[number];

/** Kernels that have a plain loop in C. */
export const inC: ReadonlySet<KernelName> = new Set(['mean', 'median', 'trimmed-mean', 'distances']);

const OPTIONS = {
  trim: 0.1,
  byzantine: BYZANTINE,
  weiszfeld_iterations: WEISZFELD_STEPS,
  weiszfeld_smoothing: 1e-6,
};

/** The kernel's result on updates that lie where they lie: in the engine's memory, or in ordinary arrays. */
export async function runKernel(
  name: KernelName,
  engine: Engine,
  vectors: readonly Float32Array[],
  out: Float32Array,
): Promise<Float32Array | Float64Array> {
  const count = vectors.length;
  const size = vectors[0]?.length ?? 0;
  const weights = vectors.map((_, k) => k + 1);
  if (name === 'mean') {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const shares = weights.map((weight) => weight / total);
    await engine.columns.weightedSum(vectors, shares, out);
    return out;
  }
  if (name === 'distances') {
    const sums = new Float64Array(count * count);
    await engine.columns.addSquaredDistances(vectors, sums);
    return sums;
  }
  const read = async (index: number, start: number, target: Float32Array) =>
    target.set(vectors[index]!.subarray(start, start + target.length));
  const rule = createAggregator(name, OPTIONS) as CollectingAggregator;
  return rule.aggregate({ count, size, weights, vectors, read, out }, engine);
}

/** Bulyan and Krum need more updates than one malicious one allows. */
export function canRun(name: KernelName, count: number): boolean {
  if (name === 'krum') return count >= 2 * BYZANTINE + 3;
  return name !== 'bulyan' || count >= 4 * BYZANTINE + 3;
}
