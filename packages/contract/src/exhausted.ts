/** The process or the machine is out of file descriptors or threads for the moment. */
const EXHAUSTED: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE', 'EAGAIN']);
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 1000;
const PATIENCE_MS = 60_000;

export function isExhausted(error: unknown): boolean {
  return error instanceof Error && 'code' in error && EXHAUSTED.has(error.code);
}

/**
 * Retries `work` with growing pauses while the machine has no file descriptors left. After `patienceMs` (default one
 * minute) the error is thrown. `work` must clean up when it fails.
 */
export async function whenDescriptorsAllow<Result>(
  work: () => Promise<Result>,
  patienceMs: number = PATIENCE_MS,
): Promise<Result> {
  const until = Date.now() + patienceMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isExhausted(error) || Date.now() >= until) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
