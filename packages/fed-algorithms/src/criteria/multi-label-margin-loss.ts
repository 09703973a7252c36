import { criterionType, everyOutput } from './criterion-type.js';
import { marginsOf } from './margins.js';

export const multiLabelMarginLoss = criterionType({
  name: 'MultiLabelMarginLoss',
  summary: 'The violations of a margin of 1 between the class and the other classes.',
  fits: { classify: everyOutput },
  create: (_args, { units }) => ({ loss: marginsOf({ margin: 1, power: 1, weight: null }, units) }),
});
