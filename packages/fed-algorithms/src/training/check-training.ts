import type { RunArguments } from '../arguments.js';
import { InvalidArguments } from '../errors.js';

/** Refuses what PyTorch's optimizers and schedulers refuse, beyond the ranges of single arguments. Throws `InvalidArguments`. */
export function checkTraining(args: RunArguments): void {
  const { optimizer, nesterov, momentum, dampening, lr_scheduler: scheduler } = args;
  const { mode, factor, start_factor, end_factor } = args;
  const refuse = (path: string, message: string) => {
    throw new InvalidArguments([{ path, message }]);
  };
  if (optimizer === 'SGD' && nesterov && !(momentum > 0 && dampening === 0))
    refuse(
      'nesterov',
      `it needs momentum > 0 and dampening = 0: got momentum ${momentum}, dampening ${dampening}`,
    );
  if (scheduler === 'CyclicLR' && (mode === 'min' || mode === 'max'))
    refuse('mode', `CyclicLR takes triangular, triangular2 or exp_range, got ${mode}`);
  if (scheduler === 'ConstantLR' && factor !== null && factor > 1)
    refuse('factor', `ConstantLR needs factor ≤ 1, got ${factor}`);
  if (scheduler === 'LinearLR' && start_factor > 1)
    refuse('start_factor', `LinearLR needs start_factor ≤ 1, got ${start_factor}`);
  if (scheduler === 'LinearLR' && end_factor > 1)
    refuse('end_factor', `LinearLR needs end_factor ≤ 1, got ${end_factor}`);
  if (scheduler === 'ReduceLROnPlateau' && factor !== null && factor >= 1)
    refuse('factor', `ReduceLROnPlateau needs factor < 1, got ${factor}`);
}
