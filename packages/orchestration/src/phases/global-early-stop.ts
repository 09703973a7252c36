import type { RunArguments } from '@synergos/fed-algorithms';
import { pool, type RoundEvaluations } from '../round/loss-history.js';

/** Stops a run once the global evaluation loss has not fallen by more than `delta` for `patience` rounds. */
export class GlobalEarlyStop {
  readonly #args: Pick<RunArguments, 'patience' | 'delta'>;
  #best = Infinity;
  #waited = 0;

  constructor(args: Pick<RunArguments, 'patience' | 'delta'>) {
    this.#args = args;
  }

  /** Is to be told each round's evaluation once, in order. */
  reached(evaluate: RoundEvaluations): boolean {
    const loss = pool(evaluate)?.loss;
    if (loss !== undefined) {
      if (loss < this.#best - this.#args.delta) [this.#best, this.#waited] = [loss, 0];
      else this.#waited++;
    }
    return this.#waited >= this.#args.patience;
  }
}
