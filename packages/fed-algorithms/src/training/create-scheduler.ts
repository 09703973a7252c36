import type { RunArguments } from '../arguments.js';
import { builtInComponents, type Components } from '../components.js';
import type { OptimizerSettings } from './optimizers/optimizer-type.js';
import type { Scheduler } from './schedulers/scheduler-type.js';

export interface SchedulerOptions {
  readonly args: RunArguments;
  /** The optimizer's settings, which the scheduler changes. */
  readonly settings: OptimizerSettings;
  readonly stepsPerEpoch: number;
  /** The schedulers that `args.lr_scheduler` selects from. @defaultValue those of this package */
  readonly components?: Pick<Components, 'schedulers'> | undefined;
}

/** Creates the run's scheduler and sets the settings of the first step. */
export function createScheduler({
  components = builtInComponents,
  ...schedule
}: SchedulerOptions): Scheduler {
  return components.schedulers.get(schedule.args.lr_scheduler).create(schedule);
}
