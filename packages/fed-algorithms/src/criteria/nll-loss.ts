import { z } from 'zod';
import { classWeight, ignore_index } from './arguments.js';
import { criterionType, probabilities } from './criterion-type.js';
import { logLikelihood, rowWeights } from './log-likelihood.js';

export const nllLoss = criterionType({
  name: 'NLLLoss',
  summary: 'The negative log likelihood of the class, with class weights.',
  arguments: z.object({ weight: classWeight, ignore_index }),
  fits: { classify: probabilities },
  weightsOf: 'classes',
  create: ({ weight, ignore_index: ignored }, { kind, units }) => ({
    loss: logLikelihood(kind, units, { weight, smoothing: 0 }),
    weightOf: rowWeights(weight, ignored),
  }),
});
