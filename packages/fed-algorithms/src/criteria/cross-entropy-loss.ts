import { z } from 'zod';
import { share, withDefault } from '../arguments/types.js';
import { classWeight, ignore_index } from './arguments.js';
import { criterionType, everyOutput } from './criterion-type.js';
import { logLikelihood, rowWeights } from './log-likelihood.js';

export const crossEntropyLoss = criterionType({
  name: 'CrossEntropyLoss',
  summary: 'The cross-entropy of the class, with class weights and label smoothing.',
  arguments: z.object({
    weight: classWeight,
    label_smoothing: withDefault(share, 0, 'share of a label that is spread evenly over all classes'),
    ignore_index,
  }),
  fits: { classify: everyOutput },
  weightsOf: 'classes',
  create: ({ weight, label_smoothing: smoothing, ignore_index: ignored }, { kind, units }) => ({
    loss: logLikelihood(kind, units, { weight, smoothing }),
    weightOf: rowWeights(weight, ignored),
  }),
});
