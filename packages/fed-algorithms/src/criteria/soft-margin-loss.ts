import { criterionType, everyOutput } from './criterion-type.js';
import { overScores } from './over-units.js';
import { logistic } from './value-losses.js';

/** It equals the binary cross-entropy of the score. */
export const softMarginLoss = criterionType({
  name: 'SoftMarginLoss',
  summary: 'log(1 + exp(−y x)) of each score x, with y = ±1.',
  fits: { classify: everyOutput },
  create: (_args, { units }) => ({ loss: overScores(logistic()), terms: units }),
});
