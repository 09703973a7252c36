import { open } from 'node:fs/promises';
import { join } from 'node:path';

const PERIOD = 1000;

export const fileOf = (k: number) => `update-${k}.f32`;

/** Update k is a pattern plus a distinct rank, so the median of each position is known. */
function valueAt(k: number, i: number, count: number): number {
  return (i % PERIOD) + rankOf(k, count);
}

export function expectedMedian(i: number, count: number): number {
  return (i % PERIOD) + (count - 1) / 2;
}

/** Writes them as files, from a pattern that is held once. */
export async function writeUpdates(directory: string, count: number, size: number): Promise<void> {
  const pieceValues = PERIOD * 1000;
  for (let k = 0; k < count; k++) {
    await using file = await open(join(directory, fileOf(k)), 'w');
    const piece = Float32Array.from({ length: pieceValues }, (_, i) => valueAt(k, i, count));
    for (let start = 0; start < size; start += pieceValues) {
      const part = piece.subarray(0, Math.min(pieceValues, size - start));
      await file.write(new Uint8Array(part.buffer, 0, part.byteLength));
    }
  }
}

/** Every rank once, not in order: 37 has no factor in common with the counts used. */
function rankOf(k: number, count: number): number {
  return (k * 37) % count;
}
