import { z } from 'zod';
import { nonNegative, positive, withDefault } from '../../arguments/types.js';
import { refuse } from '../../errors.js';
import { total_iters } from './arguments.js';
import { byEpoch } from './by-epoch.js';
import { schedulerType } from './scheduler-type.js';

/** torch LinearLR: the factor moves from start_factor to end_factor over total_iters epochs. */
export const linearLR = schedulerType({
  name: 'LinearLR',
  summary: 'The factor of the learning rate changes linearly.',
  arguments: z.object({
    start_factor: withDefault(positive, 1 / 3, 'factor in the first epoch, at most 1'),
    end_factor: withDefault(nonNegative, 1, 'factor after total_iters epochs, at most 1'),
    total_iters,
  }),
  create: byEpoch((lr, epoch, args) => {
    const progress = Math.min(epoch, args.total_iters) / args.total_iters;
    return lr * (args.start_factor + (args.end_factor - args.start_factor) * progress);
  }),
  check({ start_factor, end_factor }) {
    if (start_factor > 1) refuse('start_factor', `LinearLR needs start_factor ≤ 1, got ${start_factor}`);
    if (end_factor > 1) refuse('end_factor', `LinearLR needs end_factor ≤ 1, got ${end_factor}`);
  },
});
