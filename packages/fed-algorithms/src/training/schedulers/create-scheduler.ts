import type { RunArguments } from '../../arguments.js';
import { constantLR } from './constant-lr.js';
import { cosineAnnealingLR, cosineAnnealingWarmRestarts } from './cosine-annealing-lr.js';
import { cyclicLR } from './cyclic-lr.js';
import { exponentialLR } from './exponential-lr.js';
import { lambdaLR } from './lambda-lr.js';
import { linearLR } from './linear-lr.js';
import { multiStepLR } from './multi-step-lr.js';
import { oneCycleLR } from './one-cycle-lr.js';
import { polynomialLR } from './polynomial-lr.js';
import { reduceLROnPlateau } from './reduce-lr-on-plateau.js';
import type { CreateScheduler, Schedule, Scheduler } from './scheduler.js';
import { stepLR } from './step-lr.js';

const schedulers: Readonly<Record<RunArguments['lr_scheduler'], CreateScheduler>> = {
  none: () => ({}),
  CyclicLR: cyclicLR,
  StepLR: stepLR,
  MultiStepLR: multiStepLR,
  ExponentialLR: exponentialLR,
  ConstantLR: constantLR,
  LambdaLR: lambdaLR,
  LinearLR: linearLR,
  PolynomialLR: polynomialLR,
  CosineAnnealingLR: cosineAnnealingLR,
  CosineAnnealingWarmRestarts: cosineAnnealingWarmRestarts,
  OneCycleLR: oneCycleLR,
  ReduceLROnPlateau: reduceLROnPlateau,
};

export function createScheduler(schedule: Schedule): Scheduler {
  return schedulers[schedule.args.lr_scheduler](schedule);
}
