import { z } from 'zod';
import { positive, withDefault } from '../arguments/types.js';
import { criterionType, distance } from './criterion-type.js';
import { overValues } from './over-units.js';
import { huber } from './value-losses.js';

export const huberLoss = criterionType({
  name: 'HuberLoss',
  summary: 'The absolute error, squared near 0.',
  arguments: z.object({
    huber_delta: withDefault(positive, 1, "errors below it are squared (PyTorch's delta)"),
  }),
  fits: distance,
  create: (args, { kind, units }) => ({ loss: overValues(huber(args.huber_delta), kind), terms: units }),
});
