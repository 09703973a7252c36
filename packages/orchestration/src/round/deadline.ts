const FIRST_ROUND_MS = 3_600_000;
const SHORTEST_MS = 60_000;
const ALLOWANCE = 10;

/** How long the next round may take: as asked for, else ten times the longest round seen, at first an hour. */
export function roundDeadlineMs(asked: number | null | undefined, longestMs?: number): number {
  if (asked != null) return asked * 1000;
  return longestMs === undefined ? FIRST_ROUND_MS : Math.max(SHORTEST_MS, ALLOWANCE * longestMs);
}
