import type { RunArguments } from '@synergos/fed-algorithms';
import { pool, type LossHistory } from '../round/loss-history.js';

/** Stops a run once the global evaluation loss has not fallen by more than `delta` for `patience` rounds. */
export class GlobalEarlyStop {
  readonly #args: Pick<RunArguments, 'patience' | 'delta'>;

  constructor(args: Pick<RunArguments, 'patience' | 'delta'>) {
    this.#args = args;
  }

  reached({ rounds }: LossHistory): boolean {
    let best = Infinity;
    let waited = 0;
    for (const { evaluate } of rounds) {
      const loss = pool(evaluate)?.loss;
      if (loss === undefined) continue;
      if (loss < best - this.#args.delta) [best, waited] = [loss, 0];
      else waited++;
    }
    return waited >= this.#args.patience;
  }
}
