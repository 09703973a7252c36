import { z } from 'zod';
import { withDefault } from '../arguments/types.js';
import { classWeight, margin } from './arguments.js';
import { criterionType, everyOutput } from './criterion-type.js';
import { marginsOf } from './margins.js';

export const multiMarginLoss = criterionType({
  name: 'MultiMarginLoss',
  summary: 'The violations of the margin between the class and the other classes.',
  arguments: z.object({
    weight: classWeight,
    margin,
    p: withDefault(z.union([z.literal(1), z.literal(2)]), 1, 'power of a violated margin, 1 or 2'),
  }),
  fits: { classify: everyOutput },
  weightsOf: 'classes',
  create: ({ margin: least, p, weight }, { units }) => ({
    loss: marginsOf({ margin: least, power: p, weight }, units),
  }),
});
