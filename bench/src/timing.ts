/** Milliseconds of each pass. */
export interface Timings {
  readonly best: number;
  readonly median: number;
}

/** `passes` contains at least one pass. */
export function summarise(passes: readonly number[]): Timings {
  const sorted = passes.toSorted((a, b) => a - b);
  const middle = (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
  return { best: sorted[0]!, median: middle };
}

/** Milliseconds that `work` takes. */
export function time(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}
