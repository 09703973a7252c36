import { LruMap } from '@synergos/contract';

/** Number of runs whose residuals are stored: each needs twice the memory of an update. */
const MOST_RUNS = 2;

interface Residual {
  readonly round: number;
  /** Residual of earlier rounds: added to this round's update, also when the round is repeated. */
  readonly before: Float32Array | undefined;
  readonly after: Float32Array;
}

/** Stores what top-k compression left out of updates, by run, and adds it to the run's next update (error feedback). */
export class Residuals {
  readonly #runs = new LruMap<string, Residual>(MOST_RUNS);

  before(run: string, round: number): Float32Array | undefined {
    const stored = this.#runs.get(run);
    if (stored === undefined || stored.round > round) return undefined;
    return stored.round === round ? stored.before : stored.after;
  }

  store(run: string, residual: Residual): void {
    this.#runs.set(run, residual);
  }
}
