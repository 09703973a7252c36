/** Sizes of what a participant sent, by what they are of. */
export type Sizes = Readonly<Record<string, number>>;

/** A participant whose size is far above the median of its round. */
export interface Outlier {
  readonly participant: string;
  /** What the size is of. */
  readonly of: string;
  readonly size: number;
  readonly median: number;
}

/** Without a majority that a median can follow nothing is compared. */
const FEWEST = 3;

/**
 * Decides which updates of a round count: those whose sizes are at most `factor` times the median of the round. The median
 * is known at the end only, but most updates are below any median that is still possible once half of the cohort has come:
 * those are admitted as they come, so that they are folded meanwhile.
 */
export class Admission {
  readonly #factor: number;
  readonly #admit: (participant: string) => void;
  readonly #came = new Map<string, Sizes>();
  readonly #waiting = new Set<string>();
  #expected: number;

  /** `factor` 0: all are admitted. */
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

  /** The participant has no part in the comparison: nothing came, or what came weighs nothing. */
  leave(): void {
    this.#expected--;
    this.#admitCertain();
  }

  /** All came that will: admits the rest, but for those that are returned. */
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

/** The lower median of the sizes and of so many zeros: no median is smaller that comes of as many more sizes, or of fewer. */
function medianWith(sizes: readonly number[], zeros: number): number {
  const middle = Math.floor((sizes.length + zeros - 1) / 2) - zeros;
  return middle < 0 ? 0 : (sizes.toSorted((a, b) => a - b)[middle] ?? 0);
}
