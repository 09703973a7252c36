import { criterionType, distance } from './criterion-type.js';
import { overValues } from './over-units.js';
import { squared } from './value-losses.js';

export const mseLoss = criterionType({
  name: 'MSELoss',
  summary: 'The mean squared error.',
  fits: distance,
  create: (_args, { kind, units }) => ({ loss: overValues(squared, kind), terms: units }),
});
