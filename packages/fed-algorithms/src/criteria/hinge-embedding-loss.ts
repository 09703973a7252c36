import { z } from 'zod';
import { margin } from './arguments.js';
import { criterionType, allButLogarithms } from './criterion-type.js';
import { overValues } from './over-units.js';
import { hinge } from './value-losses.js';

export const hingeEmbeddingLoss = criterionType({
  name: 'HingeEmbeddingLoss',
  summary: 'The output as a distance: small if the class is absent, at least the margin if it is present.',
  arguments: z.object({ margin }),
  fits: { classify: allButLogarithms },
  create: (args, { kind, units }) => ({ loss: overValues(hinge(args.margin), kind), terms: units }),
});
