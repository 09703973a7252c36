import type { RunArguments } from '../arguments.js';
import { InvalidArguments } from '../errors.js';

/** Refuses what PyTorch's optimizers and schedulers refuse, beyond the ranges of single arguments. Throws `InvalidArguments`. */
export function checkTraining(args: RunArguments): void {
  const { optimizer, nesterov, momentum, dampening, lr_scheduler } = args;
  const { mode, factor, start_factor, end_factor } = args;
  const expect = (holds: boolean, path: string, message: string) => {
    if (!holds) throw new InvalidArguments([{ path, message }]);
  };
  if (optimizer === 'SGD' && nesterov)
    expect(
      momentum > 0 && dampening === 0,
      'nesterov',
      `it needs momentum > 0 and dampening = 0: got momentum ${momentum}, dampening ${dampening}`,
    );
  switch (lr_scheduler) {
    case 'CyclicLR':
      expect(
        mode !== 'min' && mode !== 'max',
        'mode',
        `CyclicLR takes triangular, triangular2 or exp_range, got ${mode}`,
      );
      break;
    case 'ConstantLR':
      expect((factor ?? 0) <= 1, 'factor', `ConstantLR needs factor ≤ 1, got ${factor}`);
      break;
    case 'LinearLR':
      expect(start_factor <= 1, 'start_factor', `LinearLR needs start_factor ≤ 1, got ${start_factor}`);
      expect(end_factor <= 1, 'end_factor', `LinearLR needs end_factor ≤ 1, got ${end_factor}`);
      break;
    case 'ReduceLROnPlateau':
      expect((factor ?? 0) < 1, 'factor', `ReduceLROnPlateau needs factor < 1, got ${factor}`);
      break;
  }
}
