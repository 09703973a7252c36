/** Number of updates that a round needs: `min_updates`, else half of the cohort, and at least two of two or more. */
export function quorum(cohortSize: number, minUpdates: number | null | undefined): number {
  return Math.min(cohortSize, minUpdates ?? Math.max(2, Math.ceil(cohortSize / 2)));
}
