/** The process or the machine is out of file descriptors or threads for the moment. */
const EXHAUSTED: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE', 'EAGAIN']);
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 1000;
const PATIENCE_MS = 60_000;

export function isExhausted(error: unknown): boolean {
  return error instanceof Error && 'code' in error && EXHAUSTED.has(error.code);
}

/**
 * Repeats what opens a file or starts something while the machine has no descriptors left, with growing pauses; after
 * a minute the error is thrown. `work` must leave nothing behind when it fails.
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
