import type { UpdateSet } from '../aggregator.js';

/** Most values of one update, and of all together, that are held at a time. */
const BLOCK_VALUES = 16_384;
const HELD_VALUES = 16_777_216;

/** ‖Δ_i − Δ_j‖² for all pairs, summed in float64; holds one block of each update at a time. */
export async function squaredDistances(updates: UpdateSet): Promise<Float64Array[]> {
  const { count, size } = updates;
  const distances = Array.from({ length: count }, () => new Float64Array(count));
  const block = Math.max(1, Math.min(BLOCK_VALUES, Math.floor(HELD_VALUES / Math.max(1, count))));
  for (let start = 0; start < size; start += block) {
    const columns = updates.weights.map(() => new Float32Array(Math.min(block, size - start)));
    await Promise.all(columns.map((column, index) => updates.read(index, start, column)));
    for (let i = 0; i < count; i++)
      for (let j = 0; j < i; j++) {
        const sum = distances[i]![j]! + between(columns[i]!, columns[j]!);
        distances[i]![j] = sum;
        distances[j]![i] = sum;
      }
  }
  return distances;
}

function between(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!;
    sum += difference * difference;
  }
  return sum;
}
