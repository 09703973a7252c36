/** Norms of the vectors that a participant sent, by the name of the vector. */
export type Sizes = Readonly<Record<string, number>>;

/** A participant whose size is far above the median of its round. */
export interface Outlier {
  readonly participant: string;
  /** Name of the vector. */
  readonly of: string;
  readonly size: number;
  readonly median: number;
}

/** With fewer updates a median has no majority, and nothing is compared. */
const FEWEST = 3;

/**
 * Admits the updates of a round whose sizes are at most `factor` times the median of the round. The median is known only at
 * the end; but once half of the cohort has arrived, most updates are below any median that is still possible. Those are
 * admitted as they arrive, and folded meanwhile.
 */
export class Admission {
  readonly #factor: number;
  readonly #admit: (participant: string) => void;
  readonly #came = new Map<string, Sizes>();
  readonly #waiting = new Set<string>();
  #expected: number;

  /** `factor` 0 admits all. */
  constructor(cohortSize: number, factor: number, admit: (participant: string) => void) {
    this.#expected = cohortSize;
    this.#factor = factor;
    this.#admit = admit;
  }

  add(participant: string, sizes: Sizes): void {
    this.#expected--;
    this.#came.set(participant, sizes);
    this.#waiting.add(participant);
    this.#admitCertain();
  }

  /** Excludes a participant from the comparison: its update did not arrive, or weighs nothing. */
  leave(): void {
    this.#expected--;
    this.#admitCertain();
  }

  /** Ends the round: admits the rest, and returns the outliers. */
  close(): readonly Outlier[] {
    const outliers = this.#factor === 0 ? [] : this.above(this.#factor);
    const refused = new Set(outliers.map(({ participant }) => participant));
    for (const participant of this.#waiting) if (!refused.has(participant)) this.#admit(participant);
    this.#waiting.clear();
    return outliers;
  }

  /** The first size of each participant that exceeds the median of the received sizes by this factor. */
  above(factor: number): readonly Outlier[] {
    return outliersAmong([...this.#came], factor).map(([participant, excess]) => ({
      participant,
      ...excess,
    }));
  }

  #admitCertain(): void {
    const least = new Map<string, number>();
    for (const participant of this.#waiting) {
      const isCertain = Object.entries(this.#came.get(participant) ?? {}).every(([of, size]) => {
        const bound = least.get(of) ?? medianWith(this.#sizesOf(of), this.#expected);
        least.set(of, bound);
        return size <= this.#factor * bound;
      });
      if (!isCertain && this.#factor !== 0) continue;
      this.#waiting.delete(participant);
      this.#admit(participant);
    }
  }

  #sizesOf(of: string): readonly number[] {
    return [...this.#came.values()].flatMap((sizes) => sizes[of] ?? []);
  }
}

/** The first size of each key that exceeds the median of that kind by the factor. */
export function outliersAmong<Key>(
  all: readonly (readonly [Key, Sizes])[],
  factor: number,
): readonly (readonly [Key, Omit<Outlier, 'participant'>])[] {
  const medians = new Map<string, number | undefined>();
  const medianOf = (of: string) => {
    if (!medians.has(of)) {
      const known = all.flatMap(([, sizes]) => sizes[of] ?? []);
      medians.set(of, known.length < FEWEST ? undefined : medianWith(known, 0));
    }
    return medians.get(of) ?? 0;
  };
  return all.flatMap(([key, sizes]) => {
    for (const [of, size] of Object.entries(sizes)) {
      const median = medianOf(of);
      if (median > 0 && size > factor * median) return [[key, { of, size, median }] as const];
    }
    return [];
  });
}

/** The lower median of the sizes and a number of zeros: a lower bound of the median once that many sizes, or fewer, have arrived. */
function medianWith(sizes: readonly number[], zeros: number): number {
  const middle = Math.floor((sizes.length + zeros - 1) / 2) - zeros;
  return middle < 0 ? 0 : (sizes.toSorted((a, b) => a - b)[middle] ?? 0);
}
