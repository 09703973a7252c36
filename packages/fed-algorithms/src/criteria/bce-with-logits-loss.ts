import { z } from 'zod';
import { outputWeight, pos_weight } from './arguments.js';
import { binaryCrossEntropyOf } from './binary-cross-entropy.js';
import { criterionType, everyOutput } from './criterion-type.js';

export const bceWithLogitsLoss = criterionType({
  name: 'BCEWithLogitsLoss',
  summary: 'The binary cross-entropy of scores, with weights of the positive rows.',
  arguments: z.object({ weight: outputWeight, pos_weight }),
  fits: { classify: everyOutput },
  create: (args, context) => binaryCrossEntropyOf(context, args.weight, args.pos_weight),
});
