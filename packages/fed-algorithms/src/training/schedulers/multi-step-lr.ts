import { z } from 'zod';
import { count, withDefault } from '../../arguments/types.js';
import { gamma } from './arguments.js';
import { byEpoch } from './by-epoch.js';
import { schedulerType } from './scheduler-type.js';

/** torch MultiStepLR: lr · γ^(milestones passed). */
export const multiStepLR = schedulerType({
  name: 'MultiStepLR',
  summary: 'The learning rate decays by a factor at given epochs.',
  arguments: z.object({
    milestones: withDefault(z.array(count).max(1000), [30, 80], 'epochs of the decays'),
    gamma,
  }),
  create: byEpoch(
    (lr, epoch, { gamma: given, milestones }) =>
      lr * (given ?? 0.1) ** milestones.filter((milestone) => milestone <= epoch).length,
  ),
});
