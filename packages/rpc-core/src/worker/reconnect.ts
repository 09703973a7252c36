export interface Backoff {
  /** Longest wait before the first new attempt; doubled with each further one. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** How long to wait before attempt `attempt` (from 0): full jitter, so that workers do not come back all at once. */
export function backoffMs(attempt: number, { firstMs, longestMs, random }: Backoff): number {
  return random() * Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 30));
}
