import { criterionType, distance } from './criterion-type.js';
import { overValues } from './over-units.js';
import { absolute } from './value-losses.js';

export const l1Loss = criterionType({
  name: 'L1Loss',
  summary: 'The mean absolute error.',
  fits: distance,
  create: (_args, { kind, units }) => ({ loss: overValues(absolute, kind), terms: units }),
});
