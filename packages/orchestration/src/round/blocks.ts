import { setImmediate } from 'node:timers/promises';
import type { StagedUpdate } from './staging.js';

/** One to two milliseconds' work. */
const BLOCK_VALUES = 1 << 18;

/** Visits [0, size) in blocks, letting other work run in between: a vector may take seconds, a heartbeat must not. */
export async function inBlocks(size: number, visit: (start: number, end: number) => void): Promise<void> {
  for (let start = 0; start < size; start += BLOCK_VALUES) {
    visit(start, Math.min(size, start + BLOCK_VALUES));
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

/** An update's blocks, one after the other in the same buffer. */
export async function* blocksOf(
  update: StagedUpdate,
): AsyncGenerator<{ readonly block: Float32Array; readonly start: number }> {
  const buffer = new Float32Array(Math.min(BLOCK_VALUES, update.size));
  for (let start = 0; start < update.size; start += BLOCK_VALUES) {
    const block = buffer.subarray(0, Math.min(BLOCK_VALUES, update.size - start));
    await update.read(start, block);
    yield { block, start };
    await setImmediate();
  }
}

/** Position of the first value that is NaN or infinite; −1 if there is none. */
export async function findNonFinite(values: Float32Array): Promise<number> {
  let found = -1;
  await inBlocks(values.length, (start, end) => {
    if (found < 0) found = nonFiniteIn(values, start, end);
  });
  return found;
}

/** The same within [start, end), at once. */
export function nonFiniteIn(values: Float32Array, start: number, end: number): number {
  // A sum of products with zero is NaN if any value was not finite: one look for all of them.
  let sum = 0;
  for (let i = start; i < end; i++) sum += values[i]! * 0;
  if (sum === 0) return -1;
  for (let i = start; i < end; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}
