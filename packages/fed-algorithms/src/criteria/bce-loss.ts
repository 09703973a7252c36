import { z } from 'zod';
import { outputWeight } from './arguments.js';
import { binaryCrossEntropyOf } from './binary-cross-entropy.js';
import { criterionType, probabilities } from './criterion-type.js';

export const bceLoss = criterionType({
  name: 'BCELoss',
  summary: 'The binary cross-entropy of probabilities.',
  arguments: z.object({ weight: outputWeight }),
  fits: { classify: probabilities },
  create: (args, context) => binaryCrossEntropyOf(context, args.weight, null),
});
