import { constantLR } from './constant-lr.js';
import { cosineAnnealingLR, cosineAnnealingWarmRestarts } from './cosine-annealing-lr.js';
import { cyclicLR } from './cyclic-lr.js';
import { exponentialLR } from './exponential-lr.js';
import { lambdaLR } from './lambda-lr.js';
import { linearLR } from './linear-lr.js';
import { multiStepLR } from './multi-step-lr.js';
import { none } from './none.js';
import { oneCycleLR } from './one-cycle-lr.js';
import { polynomialLR } from './polynomial-lr.js';
import { reduceLROnPlateau } from './reduce-lr-on-plateau.js';
import { stepLR } from './step-lr.js';

/** The schedules of the learning rate of this package. */
export const schedulers = [
  none,
  cyclicLR,
  stepLR,
  multiStepLR,
  exponentialLR,
  constantLR,
  lambdaLR,
  linearLR,
  polynomialLR,
  cosineAnnealingLR,
  cosineAnnealingWarmRestarts,
  oneCycleLR,
  reduceLROnPlateau,
] as const;
