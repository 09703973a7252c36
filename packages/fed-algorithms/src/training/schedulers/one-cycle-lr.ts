import { z } from 'zod';
import { positive, share, withDefault } from '../../arguments/types.js';
import { cycledMomentum, max_lr, unusedMomentum } from './arguments.js';
import { schedulerType, type Schedule, type Scheduler } from './scheduler-type.js';

const oneCycleArguments = z.object({
  max_lr,
  pct_start: withDefault(share, 0.3, 'share of the batches in which the learning rate rises'),
  div_factor: withDefault(positive, 25, 'max_lr / the first learning rate'),
  final_div_factor: withDefault(positive, 10_000, 'the first learning rate / the last one'),
  ...cycledMomentum,
});
type Args = z.infer<typeof oneCycleArguments>;

/**
 * torch OneCycleLR (Smith & Topin 2018), stepped after each batch: from max_lr/div_factor up to max_lr in pct_start of all
 * batches, then down to a final_div_factor-th of where it began, along cosines; the momentum goes the other way.
 */
export const oneCycleLR = schedulerType({
  name: 'OneCycleLR',
  summary: 'The learning rate rises once and falls to nearly 0 over the whole local training.',
  paper:
    'Smith & Topin 2018, Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates',
  arguments: oneCycleArguments,
  create,
  unused: unusedMomentum,
  replacesRate: true,
});

function create({ args, settings, stepsPerEpoch }: Schedule<Args>): Scheduler {
  const { div_factor, final_div_factor, base_momentum, max_momentum, pct_start, epochs } = args;
  const last = epochs * stepsPerEpoch - 1;
  const top = pct_start * (last + 1) - 1;
  const first = args.max_lr / div_factor;
  const cyclesMomentum = args.cycle_momentum && settings.momentum !== undefined;
  let batch = 0;

  const set = () => {
    const climbs = batch <= top;
    const progress = climbs ? batch / (top || 1) : (batch - top) / (last - top);
    settings.lr = climbs
      ? anneal(first, args.max_lr, progress)
      : anneal(args.max_lr, first / final_div_factor, progress);
    if (!cyclesMomentum) return;
    settings.momentum = climbs
      ? anneal(max_momentum, base_momentum, progress)
      : anneal(base_momentum, max_momentum, progress);
  };
  set();
  return {
    afterBatch() {
      batch++;
      set();
    },
  };
}

function anneal(from: number, to: number, progress: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * progress))) / 2;
}
