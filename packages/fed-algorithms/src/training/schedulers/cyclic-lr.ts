import type { CreateScheduler } from './scheduler.js';

/**
 * torch CyclicLR (Smith 2017), stepped after each batch: lr climbs from base_lr to max_lr in step_size_up batches and
 * falls back in step_size_down. With cycle_momentum the momentum (Adam: β₁) goes the other way, where there is one.
 */
export const cyclicLR: CreateScheduler = ({ args, settings }) => {
  const { base_lr, max_lr, base_momentum, max_momentum, step_size_up, mode, gamma } = args;
  const length = step_size_up + (args.step_size_down ?? step_size_up);
  const turn = step_size_up / length;
  const cyclesMomentum = args.cycle_momentum && settings.momentum !== undefined;
  let batch = 0;

  const set = () => {
    const cycle = Math.floor(batch / length);
    const position = batch / length - cycle;
    const height = position <= turn ? position / turn : (1 - position) / (1 - turn);
    const damping = mode === 'triangular2' ? 0.5 ** cycle : mode === 'exp_range' ? (gamma ?? 1) ** batch : 1;
    settings.lr = base_lr + (max_lr - base_lr) * height * damping;
    if (cyclesMomentum) settings.momentum = max_momentum - (max_momentum - base_momentum) * height * damping;
  };
  set();
  return {
    afterBatch() {
      batch++;
      set();
    },
  };
};
