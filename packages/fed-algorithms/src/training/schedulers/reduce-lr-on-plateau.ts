import type { CreateScheduler } from './scheduler.js';

/** Smaller changes of the learning rate are not made. */
const SMALLEST_CHANGE = 1e-8;

/** torch ReduceLROnPlateau: lr · factor after more than `patience` epochs without a relative gain of `threshold`. */
export const reduceLROnPlateau: CreateScheduler = ({ args, settings }) => {
  const { patience, threshold, cooldown, min_lr } = args;
  const factor = args.factor ?? 0.1;
  const improves = (loss: number, best: number) =>
    args.mode === 'max' ? loss > best * (1 + threshold) : loss < best * (1 - threshold);
  let best: number | undefined;
  let poorEpochs = 0;
  let cooling = 0;
  return {
    afterEpoch(loss) {
      if (best === undefined || improves(loss, best)) {
        best = loss;
        poorEpochs = 0;
      } else poorEpochs++;
      if (cooling > 0) {
        cooling--;
        poorEpochs = 0;
      }
      if (poorEpochs <= patience) return;
      const lower = Math.max(settings.lr * factor, min_lr);
      if (settings.lr - lower > SMALLEST_CHANGE) settings.lr = lower;
      cooling = cooldown;
      poorEpochs = 0;
    },
  };
};
