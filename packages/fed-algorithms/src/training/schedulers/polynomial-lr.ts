import { z } from 'zod';
import { positive, withDefault } from '../../arguments/types.js';
import { total_iters } from './arguments.js';
import { byEpoch } from './by-epoch.js';
import { schedulerType } from './scheduler-type.js';

/** torch PolynomialLR: lr · (1 − epoch / total_iters)^power, 0 from total_iters on. */
export const polynomialLR = schedulerType({
  name: 'PolynomialLR',
  summary: 'The learning rate falls to 0 along a polynomial.',
  arguments: z.object({ power: withDefault(positive, 1, 'power of the polynomial'), total_iters }),
  create: byEpoch(
    (lr, epoch, args) => lr * (1 - Math.min(epoch, args.total_iters) / args.total_iters) ** args.power,
  ),
});
