import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const COLLECT_BYTES = 8 << 20;
/** Just below the 32 MiB that glibc takes into account. */
const BLOCK_BYTES = 31 << 20;

type Collect = (options: { readonly type: 'minor' }) => void;

let collect: Collect | undefined;
let uncollectedBytes = 0;

/**
 * Tells that a chunk of a transfer was worked on. Chunks lie outside of V8's heap, and for every 64 MiB of them it may go over
 * all of its heap, though they are garbage as soon as they are worked on: the newest generation alone is collected before it
 * comes to that. docs/performance.md has what this brings.
 */
export function chunkDone(sizeBytes: number): void {
  uncollectedBytes += sizeBytes;
  if (uncollectedBytes < COLLECT_BYTES) return;
  uncollectedBytes = 0;
  collect ??= prepare();
  collect({ type: 'minor' });
}

function prepare(): Collect {
  // What frees a block of this size has glibc keep 64 MiB of free memory for the next chunks, where it else gives back all above
  // 128 KiB, and has the system clear it again for the next one: mallopt(3), M_MMAP_THRESHOLD, “dynamic”.
  void new ArrayBuffer(BLOCK_BYTES);
  setFlagsFromString('--expose-gc');
  // Contexts that are made from now on have it; where an engine has none, all is as it would be.
  const gc = runInNewContext('globalThis.gc') as Collect | undefined;
  setFlagsFromString('--no-expose-gc');
  return gc ?? (() => undefined);
}
