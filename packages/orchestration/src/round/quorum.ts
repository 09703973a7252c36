/** How many updates a round needs: as asked for, else half of the cohort. */
export function quorum(cohortSize: number, minUpdates: number | null | undefined): number {
  return Math.min(cohortSize, minUpdates ?? Math.ceil(cohortSize / 2));
}
