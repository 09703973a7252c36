import { setImmediate } from 'node:timers/promises';
import type { StagedUpdate } from './staged-update.js';

/** One to two milliseconds of work. */
export const BLOCK_VALUES = 1 << 18;

/** Reads an update block by block into one buffer, and lets other work run in between. */
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

/** Calls `visit` for each block of an update. A block is valid until `visit` returns. */
export async function eachBlock(
  update: StagedUpdate,
  visit: (block: Float32Array, start: number) => void,
): Promise<void> {
  for await (const { block, start } of blocksOf(update)) visit(block, start);
}
