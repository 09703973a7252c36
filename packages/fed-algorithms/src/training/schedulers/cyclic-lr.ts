import type { CreateScheduler } from './scheduler.js';

/**
 * torch CyclicLR (Smith 2017), stepped after each batch: lr climbs from base_lr to max_lr in step_size_up batches and
 * falls back in step_size_down. The height shrinks by cycle (triangular2) or by batch (exp_range), as scale_mode says if it
 * is given. With cycle_momentum the momentum (Adam: β₁) goes the other way, where there is one.
 */
export const cyclicLR: CreateScheduler = ({ args, settings }) => {
  const { base_lr, max_lr, base_momentum, max_momentum, step_size_up, mode, gamma, scale_mode } = args;
  const length = step_size_up + (args.step_size_down ?? step_size_up);
  const turn = step_size_up / length;
  const cyclesMomentum = args.cycle_momentum && settings.momentum !== undefined;
  let batch = 0;

  // PyTorch counts cycles from 1 and batches from 0.
  const scale = (cycles: number, batches: number) => {
    if (mode === 'triangular2') return 0.5 ** ((scale_mode === 'iterations' ? batches : cycles) - 1);
    if (mode === 'exp_range') return (gamma ?? 1) ** (scale_mode === 'cycle' ? cycles : batches);
    return 1;
  };
  const set = () => {
    const cycle = Math.floor(batch / length);
    const position = batch / length - cycle;
    const height = position <= turn ? position / turn : (1 - position) / (1 - turn);
    const damping = scale(cycle + 1, batch);
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
