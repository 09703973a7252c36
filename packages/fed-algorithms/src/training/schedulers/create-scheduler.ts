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

interface SchedulerType {
  readonly create: CreateScheduler;
  /** The run's arguments that have an effect. */
  readonly reads: (args: RunArguments) => readonly (keyof RunArguments)[];
  /** The schedule has rates of its own: `lr` has no effect. */
  readonly replacesRate?: true;
}

const momentumOf = ({ cycle_momentum }: RunArguments) =>
  cycle_momentum
    ? (['cycle_momentum', 'base_momentum', 'max_momentum'] as const)
    : (['cycle_momentum'] as const);

/** Every schedule of the learning rate that a run can name. */
export const schedulerTypes: Readonly<Record<RunArguments['lr_scheduler'], SchedulerType>> = {
  none: { create: () => ({}), reads: () => [] },
  CyclicLR: {
    create: cyclicLR,
    reads: (args) => [
      ...(['base_lr', 'max_lr', 'step_size_up', 'step_size_down', 'mode'] as const),
      ...(args.mode === 'triangular' ? [] : (['scale_mode'] as const)),
      ...(args.mode === 'exp_range' ? (['gamma'] as const) : []),
      ...momentumOf(args),
    ],
    replacesRate: true,
  },
  StepLR: { create: stepLR, reads: () => ['step_size', 'gamma'] },
  MultiStepLR: { create: multiStepLR, reads: () => ['milestones', 'gamma'] },
  ExponentialLR: { create: exponentialLR, reads: () => ['gamma'] },
  ConstantLR: { create: constantLR, reads: () => ['factor', 'total_iters'] },
  LambdaLR: { create: lambdaLR, reads: () => ['lr_decay'] },
  LinearLR: { create: linearLR, reads: () => ['start_factor', 'end_factor', 'total_iters'] },
  PolynomialLR: { create: polynomialLR, reads: () => ['power', 'total_iters'] },
  CosineAnnealingLR: { create: cosineAnnealingLR, reads: () => ['T_max', 'eta_min'] },
  CosineAnnealingWarmRestarts: {
    create: cosineAnnealingWarmRestarts,
    reads: () => ['T_0', 'T_mult', 'eta_min'],
  },
  OneCycleLR: {
    create: oneCycleLR,
    reads: (args) => ['max_lr', 'pct_start', 'div_factor', 'final_div_factor', ...momentumOf(args)],
    replacesRate: true,
  },
  ReduceLROnPlateau: {
    create: reduceLROnPlateau,
    reads: () => ['mode', 'factor', 'threshold', 'cooldown', 'min_lr'],
  },
};

export function createScheduler(schedule: Schedule): Scheduler {
  return schedulerTypes[schedule.args.lr_scheduler].create(schedule);
}
