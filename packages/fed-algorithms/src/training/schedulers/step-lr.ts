import { z } from 'zod';
import { count, withDefault } from '../../arguments/types.js';
import { gamma } from './arguments.js';
import { byEpoch } from './by-epoch.js';
import { schedulerType } from './scheduler-type.js';

/** torch StepLR: lr · γ^⌊epoch / step_size⌋. */
export const stepLR = schedulerType({
  name: 'StepLR',
  summary: 'The learning rate decays by a factor at equal intervals.',
  arguments: z.object({ step_size: withDefault(count, 30, 'epochs between two decays'), gamma }),
  create: byEpoch((lr, epoch, args) => lr * (args.gamma ?? 0.1) ** Math.floor(epoch / args.step_size)),
});
