import { criterionType } from './criterion-type.js';
import { overValues } from './over-units.js';
import { poisson } from './value-losses.js';

export const poissonNLLLoss = criterionType({
  name: 'PoissonNLLLoss',
  summary: 'The negative log likelihood of a Poisson distribution whose log rate is the output.',
  fits: { regress: ['scores'] },
  create: (_args, { kind, units }) => ({ loss: overValues(poisson, kind), terms: units }),
});
