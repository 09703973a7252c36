import type { RunArguments } from '../../arguments.js';
import type { CreateScheduler } from './scheduler.js';

/** A scheduler that scales the run's learning rate by a function of the epochs done. */
export function byEpoch(rate: (lr: number, epoch: number, args: RunArguments) => number): CreateScheduler {
  return ({ args, settings }) => {
    const initial = settings.lr;
    let epoch = 0;
    settings.lr = rate(initial, epoch, args);
    return {
      afterEpoch() {
        settings.lr = rate(initial, ++epoch, args);
      },
    };
  };
}
