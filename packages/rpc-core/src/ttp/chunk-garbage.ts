const COLLECT_BYTES = 8 << 20;

/** Counts the bytes of chunks that are done with, and calls `collect` after every 8 MiB. */
export function countingChunks(collect: (() => void) | undefined): (sizeBytes: number) => void {
  let uncollectedBytes = 0;
  return (sizeBytes) => {
    uncollectedBytes += sizeBytes;
    if (uncollectedBytes < COLLECT_BYTES) return;
    uncollectedBytes = 0;
    collect?.();
  };
}
