import { z } from 'zod';
import { outputWeight } from './arguments.js';
import { criterionType, everyOutput } from './criterion-type.js';
import { overScores, weighted } from './over-units.js';
import { logistic } from './value-losses.js';

export const multiLabelSoftMarginLoss = criterionType({
  name: 'MultiLabelSoftMarginLoss',
  summary: 'The mean binary cross-entropy of the scores of all classes.',
  arguments: z.object({ weight: outputWeight }),
  fits: { classify: everyOutput },
  create: ({ weight }, { units }) => ({ loss: overScores(weighted(logistic(), weight, units)) }),
});
