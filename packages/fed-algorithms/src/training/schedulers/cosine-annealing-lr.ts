import { z } from 'zod';
import { count, withDefault } from '../../arguments/types.js';
import { eta_min } from './arguments.js';
import { byEpoch } from './by-epoch.js';
import { schedulerType } from './scheduler-type.js';

/** torch CosineAnnealingLR (Loshchilov & Hutter 2017): from lr to eta_min along a cosine of T_max epochs. */
export const cosineAnnealingLR = schedulerType({
  name: 'CosineAnnealingLR',
  summary: 'The learning rate follows a cosine.',
  paper: 'Loshchilov & Hutter 2017, SGDR: Stochastic Gradient Descent with Warm Restarts',
  arguments: z.object({ T_max: withDefault(count, 50, 'epochs of half a period'), eta_min }),
  create: byEpoch((lr, epoch, args) => cosine(lr, args.eta_min, epoch / args.T_max)),
});

/** torch CosineAnnealingWarmRestarts: restarts after T_0 epochs; each period is T_mult times as long as the last. */
export const cosineAnnealingWarmRestarts = schedulerType({
  name: 'CosineAnnealingWarmRestarts',
  summary: 'The learning rate follows a cosine that restarts.',
  paper: 'Loshchilov & Hutter 2017, SGDR: Stochastic Gradient Descent with Warm Restarts',
  arguments: z.object({
    T_0: withDefault(count, 10, 'epochs until the first restart'),
    T_mult: withDefault(count, 1, 'factor of the period after each restart'),
    eta_min,
  }),
  create: byEpoch((lr, epoch, args) => {
    let since = epoch;
    let length = args.T_0;
    while (since >= length) {
      since -= length;
      length *= args.T_mult;
    }
    return cosine(lr, args.eta_min, since / length);
  }),
});

function cosine(high: number, low: number, progress: number): number {
  return low + ((high - low) * (1 + Math.cos(Math.PI * progress))) / 2;
}
