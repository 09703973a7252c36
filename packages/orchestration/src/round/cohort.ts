import { createRandom, deriveSeed } from '@synergos/fed-algorithms';

export interface CohortChoice {
  readonly participants: readonly string[];
  /** Share of the participants that a round asks, in (0, 1]. */
  readonly fraction: number;
  readonly seed: number;
  readonly round: number;
}

/** Who takes part in a round: the same choice for the same seed and round; in the order in which updates are folded. */
export function chooseCohort({ participants, fraction, seed, round }: CohortChoice): readonly string[] {
  const sorted = [...participants].sort();
  const count = Math.max(1, Math.round(fraction * sorted.length));
  if (count >= sorted.length) return sorted;
  const order = createRandom(deriveSeed(seed, 'cohort', round)).permutation(sorted.length);
  const chosen = new Set([...order].slice(0, count));
  return sorted.filter((_, index) => chosen.has(index));
}

/** How many updates a round needs: as asked for, else half of the cohort. */
export function quorum(cohortSize: number, minUpdates: number | null | undefined): number {
  return Math.min(cohortSize, minUpdates ?? Math.ceil(cohortSize / 2));
}
