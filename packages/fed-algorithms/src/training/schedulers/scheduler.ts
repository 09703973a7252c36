import type { RunArguments } from '../../arguments.js';
import type { OptimizerSettings } from '../optimizers/optimizer.js';

/** Changes an optimizer's settings as training goes on. */
export interface Scheduler {
  /** After each optimizer step. */
  afterBatch?(): void;
  /** After each epoch, with its mean training loss. */
  afterEpoch?(loss: number): void;
}

export interface Schedule {
  readonly args: RunArguments;
  /** Of the optimizer; `lr` is the run's at first. */
  readonly settings: OptimizerSettings;
  readonly stepsPerEpoch: number;
}

/** One scheduler: sets the settings of the first step, and returns what moves them on. */
export type CreateScheduler = (schedule: Schedule) => Scheduler;
