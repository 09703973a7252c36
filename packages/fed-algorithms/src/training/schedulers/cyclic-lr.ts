import { z } from 'zod';
import { count, optional, positive, withDefault } from '../../arguments/types.js';
import { refuse } from '../../errors.js';
import { cycledMomentum, gamma, max_lr, mode, unusedMomentum } from './arguments.js';
import { schedulerType, type Schedule, type Scheduler } from './scheduler-type.js';

const cyclicArguments = z.object({
  base_lr: withDefault(positive, 0.0005, 'smallest learning rate'),
  max_lr,
  step_size_up: withDefault(count, 2000, 'batches of the rising half'),
  step_size_down: optional(count, 'batches of the falling half; null: the same number as step_size_up'),
  mode: mode.describe('triangular, triangular2 or exp_range'),
  scale_mode: optional(
    z.enum(['cycle', 'iterations']),
    'unit in which the height shrinks: cycle, or iterations (batches); null: cycle for triangular2, iterations for exp_range',
  ),
  gamma,
  ...cycledMomentum,
});
type Args = z.infer<typeof cyclicArguments>;

/**
 * torch CyclicLR (Smith 2017), stepped after each batch: lr climbs from base_lr to max_lr in step_size_up batches and
 * falls back in step_size_down. The height shrinks by cycle (triangular2) or by batch (exp_range), as scale_mode says if it
 * is given. With cycle_momentum the momentum (Adam: β₁) moves in the opposite direction, if there is one.
 */
export const cyclicLR = schedulerType({
  name: 'CyclicLR',
  summary: 'The learning rate rises and falls between two rates.',
  paper: 'Smith 2017, Cyclical Learning Rates for Training Neural Networks',
  arguments: cyclicArguments,
  create,
  unused: (args) => [
    ...(args.mode === 'triangular' ? ['scale_mode'] : []),
    ...(args.mode === 'exp_range' ? [] : ['gamma']),
    ...unusedMomentum(args),
  ],
  check(args) {
    if (args.mode === 'min' || args.mode === 'max')
      refuse('mode', `CyclicLR takes triangular, triangular2 or exp_range, got ${args.mode}`);
  },
  replacesRate: true,
});

function create({ args, settings }: Schedule<Args>): Scheduler {
  const { base_lr, base_momentum, max_momentum, step_size_up, scale_mode } = args;
  const length = step_size_up + (args.step_size_down ?? step_size_up);
  const turn = step_size_up / length;
  const cyclesMomentum = args.cycle_momentum && settings.momentum !== undefined;
  let batch = 0;

  // PyTorch counts cycles from 1 and batches from 0.
  const scale = (cycles: number, batches: number) => {
    if (args.mode === 'triangular2') return 0.5 ** ((scale_mode === 'iterations' ? batches : cycles) - 1);
    if (args.mode === 'exp_range') return (args.gamma ?? 1) ** (scale_mode === 'cycle' ? cycles : batches);
    return 1;
  };
  const set = () => {
    const cycle = Math.floor(batch / length);
    const position = batch / length - cycle;
    const height = position <= turn ? position / turn : (1 - position) / (1 - turn);
    const damping = scale(cycle + 1, batch);
    settings.lr = base_lr + (args.max_lr - base_lr) * height * damping;
    if (cyclesMomentum) settings.momentum = max_momentum - (max_momentum - base_momentum) * height * damping;
  };
  set();
  return {
    afterBatch() {
      batch++;
      set();
    },
  };
}
