import { setImmediate } from 'node:timers/promises';
import type { StagedUpdate } from './place.js';

/** One to two milliseconds' work. */
export const BLOCK_VALUES = 1 << 18;

/** An update's blocks, one after the other in the same buffer, letting other work run in between. */
export async function* blocksOf(
  update: StagedUpdate,
  blockValues = BLOCK_VALUES,
): AsyncGenerator<{ readonly block: Float32Array; readonly start: number }> {
  const buffer = new Float32Array(Math.min(blockValues, update.size));
  for (let start = 0; start < update.size; start += blockValues) {
    const block = buffer.subarray(0, Math.min(blockValues, update.size - start));
    await update.read(start, block);
    yield { block, start };
    await setImmediate();
  }
}

/** Hands an update to `visit` block by block; a block is valid until `visit` returns. */
export async function eachBlock(
  update: StagedUpdate,
  visit: (block: Float32Array, start: number) => void,
): Promise<void> {
  for await (const { block, start } of blocksOf(update)) visit(block, start);
}

/** Position of the first value that is NaN or infinite; −1 if there is none. */
export function nonFiniteIn(values: Float32Array): number {
  // Their sum is finite, as float64, unless one of them is not: one look for all of them. Sums that do not wait for
  // one another take half the time.
  let [a, b, c, d, e, f, g, h] = [0, 0, 0, 0, 0, 0, 0, 0];
  const rest = values.length % 8;
  for (let i = 0; i < rest; i++) a += values[i]!;
  for (let i = rest; i < values.length; i += 8) {
    a += values[i]!;
    b += values[i + 1]!;
    c += values[i + 2]!;
    d += values[i + 3]!;
    e += values[i + 4]!;
    f += values[i + 5]!;
    g += values[i + 6]!;
    h += values[i + 7]!;
  }
  if (Number.isFinite(a + b + c + d + e + f + g + h)) return -1;
  return values.findIndex((value) => !Number.isFinite(value));
}
