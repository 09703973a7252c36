/** How many updates a round needs: as asked for, else half of the cohort and more than one where more are asked. */
export function quorum(cohortSize: number, minUpdates: number | null | undefined): number {
  return Math.min(cohortSize, minUpdates ?? Math.max(2, Math.ceil(cohortSize / 2)));
}
