import { z } from 'zod';
import { refuse } from '../../errors.js';
import { factor, total_iters } from './arguments.js';
import { byEpoch } from './by-epoch.js';
import { schedulerType } from './scheduler-type.js';

/** torch ConstantLR: lr · factor for total_iters epochs, then lr. */
export const constantLR = schedulerType({
  name: 'ConstantLR',
  summary: 'The learning rate times a factor for some epochs.',
  arguments: z.object({ factor: factor.describe('factor of the learning rate; null: 1/3'), total_iters }),
  create: byEpoch((lr, epoch, args) => (epoch < args.total_iters ? lr * (args.factor ?? 1 / 3) : lr)),
  check(args) {
    if (args.factor !== null && args.factor > 1)
      refuse('factor', `ConstantLR needs factor ≤ 1, got ${args.factor}`);
  },
});
