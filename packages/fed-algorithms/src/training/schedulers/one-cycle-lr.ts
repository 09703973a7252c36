import type { CreateScheduler } from './scheduler.js';

/**
 * torch OneCycleLR (Smith & Topin 2018), stepped after each batch: from max_lr/div_factor up to max_lr in pct_start of all
 * batches, then down to a final_div_factor-th of where it began, along cosines; the momentum goes the other way.
 */
export const oneCycleLR: CreateScheduler = ({ args, settings, stepsPerEpoch }) => {
  const { max_lr, div_factor, final_div_factor, base_momentum, max_momentum, pct_start, epochs } = args;
  const last = epochs * stepsPerEpoch - 1;
  const top = pct_start * (last + 1) - 1;
  const first = max_lr / div_factor;
  const cyclesMomentum = args.cycle_momentum && settings.momentum !== undefined;
  let batch = 0;

  const set = () => {
    const climbs = batch <= top;
    const progress = climbs ? batch / (top || 1) : (batch - top) / (last - top);
    settings.lr = climbs
      ? anneal(first, max_lr, progress)
      : anneal(max_lr, first / final_div_factor, progress);
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
};

function anneal(from: number, to: number, progress: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * progress))) / 2;
}
