import type { CommonArguments, CreateScheduler } from './scheduler-type.js';

/** A scheduler that scales the run's learning rate by a function of the number of completed epochs. */
export function byEpoch<Args extends object>(
  rate: (lr: number, epoch: number, args: Args & CommonArguments) => number,
): CreateScheduler<Args> {
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
