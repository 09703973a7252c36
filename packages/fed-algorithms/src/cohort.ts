import { createRandom, deriveSeed } from './model/random.js';

/**
 * How a round's cohort is chosen: `uniform` draws from all participants each time; `round-robin` draws each participant once
 * before any participant twice; `sequential` iterates over the participants by name.
 */
export const selections = ['uniform', 'round-robin', 'sequential'] as const;
export type Selection = (typeof selections)[number];

export interface CohortChoice {
  readonly participants: readonly string[];
  /** Share of the participants that a round asks, in (0, 1]. */
  readonly fraction: number;
  /** Minimum number of participants asked in a round, limited by the number available; default: 1. */
  readonly least?: number;
  readonly selection?: Selection;
  readonly seed: number;
  /** Counted from 1. */
  readonly round: number;
}

/** Who takes part in a round: the same choice for the same seed and round; in the order in which updates are folded. */
export function chooseCohort(choice: CohortChoice): readonly string[] {
  const { participants, fraction, least = 1, selection = 'uniform', seed, round } = choice;
  const sorted = [...participants].sort();
  const count = Math.max(least, Math.round(fraction * sorted.length));
  if (count >= sorted.length) return sorted;
  const drawn = (turn: number) => createRandom(deriveSeed(seed, 'cohort', turn)).permutation(sorted.length);
  if (selection === 'uniform') return membersAt(drawn(round).slice(0, count));
  const roundsOfATurn = Math.ceil(sorted.length / count);
  const turn = Math.floor((round - 1) / roundsOfATurn);
  const start = ((round - 1) % roundsOfATurn) * count;
  const order = selection === 'sequential' ? [...sorted.keys()] : [...drawn(turn)];
  return membersAt(order.slice(start, start + count));

  function membersAt(indices: Iterable<number>): readonly string[] {
    const chosen = new Set(indices);
    return sorted.filter((_, index) => chosen.has(index));
  }
}
