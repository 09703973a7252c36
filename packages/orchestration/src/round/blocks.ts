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
    for (let i = start; i < end && found < 0; i++) if (!Number.isFinite(values[i])) found = i;
  });
  return found;
}
