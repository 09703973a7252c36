import { z } from 'zod';
import { lrDecay } from '../optimizers/arguments.js';
import { byEpoch } from './by-epoch.js';
import { schedulerType } from './scheduler-type.js';

/** torch LambdaLR with Synergos' function of the epoch: lr · lr_decay^epoch. */
export const lambdaLR = schedulerType({
  name: 'LambdaLR',
  summary: "The learning rate decays by Synergos' factor with each epoch.",
  arguments: z.object({ lr_decay: lrDecay.describe('factor of the learning rate after each epoch') }),
  create: byEpoch((lr, epoch, { lr_decay }) => lr * lr_decay ** epoch),
});
