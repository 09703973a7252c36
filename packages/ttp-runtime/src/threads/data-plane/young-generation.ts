import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Just below the 32 MiB up to which glibc adapts its threshold. */
const BLOCK_BYTES = 31 << 20;

/**
 * Prepares collections of V8's young generation in this process, and returns the function that runs one. Chunks of transfers
 * are garbage as soon as they are written; collecting only them is much cheaper than V8's collections of the whole heap.
 * docs/performance.md has the measurements. Does nothing on an engine without `gc`.
 */
export function youngGenerationCollector(): () => void {
  // Freeing a block of this size makes glibc keep 64 MiB of free memory for the next chunks. Otherwise it returns all above
  // 128 KiB, and the system clears it again for the next chunk: mallopt(3), M_MMAP_THRESHOLD, “dynamic”.
  void new ArrayBuffer(BLOCK_BYTES);
  setFlagsFromString('--expose-gc');
  // Only contexts that are made while the flag is set have it: this program's globals stay as they are.
  const gc = runInNewContext('globalThis.gc') as ((options: { readonly type: 'minor' }) => void) | undefined;
  setFlagsFromString('--no-expose-gc');
  return () => gc?.({ type: 'minor' });
}
