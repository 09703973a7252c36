import { z } from 'zod';
import { nonNegative, withDefault } from '../arguments/types.js';
import { criterionType, distance } from './criterion-type.js';
import { overValues } from './over-units.js';
import { smoothAbsolute } from './value-losses.js';

export const smoothL1Loss = criterionType({
  name: 'SmoothL1Loss',
  summary: 'The absolute error, squared near 0, divided by beta.',
  arguments: z.object({
    beta: withDefault(nonNegative, 1, 'errors below it are squared; 0: none, as in L1Loss'),
  }),
  fits: distance,
  create: (args, { kind, units }) => ({ loss: overValues(smoothAbsolute(args.beta), kind), terms: units }),
});
