import { z } from 'zod';
import { gamma } from './arguments.js';
import { byEpoch } from './by-epoch.js';
import { schedulerType } from './scheduler-type.js';

/** torch ExponentialLR: lr · γ^epoch. */
export const exponentialLR = schedulerType({
  name: 'ExponentialLR',
  summary: 'The learning rate decays by a factor with each epoch.',
  arguments: z.object({ gamma }),
  create: byEpoch((lr, epoch, args) => lr * (args.gamma ?? 0.1) ** epoch),
});
