import { z } from 'zod';
import { nonNegative, withDefault } from '../../arguments/types.js';
import { refuse } from '../../errors.js';
import { factor, mode } from './arguments.js';
import { schedulerType, type Schedule, type Scheduler } from './scheduler-type.js';

const plateauArguments = z.object({
  mode: mode.describe('min or max: whether the loss is to fall or to rise'),
  factor: factor.describe('factor of the learning rate; null: 0.1'),
  threshold: withDefault(nonNegative, 0.0001, 'relative change of the loss that counts as an improvement'),
  cooldown: withDefault(z.number().int().nonnegative(), 0, 'epochs without a reduction after each reduction'),
  min_lr: withDefault(nonNegative, 0, 'smallest learning rate'),
});
type Args = z.infer<typeof plateauArguments>;

/** Smaller changes of the learning rate are not made. */
const SMALLEST_CHANGE = 1e-8;

/** torch ReduceLROnPlateau: lr · factor after more than `patience` epochs without a relative gain of `threshold`. */
export const reduceLROnPlateau = schedulerType({
  name: 'ReduceLROnPlateau',
  summary: 'The learning rate falls by a factor when the loss no longer improves.',
  arguments: plateauArguments,
  create,
  check(args) {
    if (args.factor !== null && args.factor >= 1)
      refuse('factor', `ReduceLROnPlateau needs factor < 1, got ${args.factor}`);
  },
});

function create({ args, settings }: Schedule<Args>): Scheduler {
  const { patience, threshold, cooldown, min_lr } = args;
  const reduction = args.factor ?? 0.1;
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
      const lower = Math.max(settings.lr * reduction, min_lr);
      if (settings.lr - lower > SMALLEST_CHANGE) settings.lr = lower;
      cooling = cooldown;
      poorEpochs = 0;
    },
  };
}
