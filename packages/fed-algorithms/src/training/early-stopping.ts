export interface EarlyStopping {
  /** True once the loss has not improved for `patience` epochs. */
  stopsAfter(loss: number): boolean;
}

export interface Patience {
  readonly patience: number;
  /** Smallest fall of the loss that counts as an improvement. */
  readonly delta: number;
  /** Measure the fall from the last improvement (true), or from the lowest loss so far (false). */
  readonly cumulative_delta: boolean;
}

export function createEarlyStopping({ patience, delta, cumulative_delta }: Patience): EarlyStopping {
  let best = Infinity;
  let waited = 0;
  return {
    stopsAfter(loss) {
      if (loss < best - delta) {
        best = loss;
        waited = 0;
        return false;
      }
      if (!cumulative_delta && loss < best) best = loss;
      return ++waited >= patience;
    },
  };
}
