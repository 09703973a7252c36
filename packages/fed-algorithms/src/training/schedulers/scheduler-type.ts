import type { z } from 'zod';
import type { ArgumentsIn, Component, Declared, Typed } from '../../component.js';
import type { OptimizerSettings } from '../optimizers/optimizer-type.js';

/** Changes an optimizer's settings during training. */
export interface Scheduler {
  /** Called after each optimizer step. */
  afterBatch?(): void;
  /** Called after each epoch, with its mean training loss. */
  afterEpoch?(loss: number): void;
}

/** Arguments that every scheduler may read. */
export interface CommonArguments {
  readonly lr: number;
  readonly epochs: number;
  readonly patience: number;
}

/** The context of one scheduler. */
export interface Schedule<Args extends object = any> {
  readonly args: Args & CommonArguments;
  /** Of the optimizer; `lr` is the run's at first. */
  readonly settings: OptimizerSettings;
  readonly stepsPerEpoch: number;
}

/** Sets the settings of the first step and returns the scheduler that changes them later. */
export type CreateScheduler<Args extends object = any> = (schedule: Schedule<Args>) => Scheduler;

/** A schedule of the learning rate that a run selects by name: `lr_scheduler`. */
export interface SchedulerType<Args extends object = any> extends Component<Args> {
  readonly create: CreateScheduler<Args>;
  /** Arguments without effect in such a run, because another argument switches them off. @defaultValue none */
  readonly unused?: (args: Args) => readonly string[];
  /** Throws `InvalidArguments` if the arguments make no sense together. */
  readonly check?: (args: Args) => void;
  /** The schedule has its own rates: `lr` has no effect. */
  readonly replacesRate?: true;
}

/** Infers the type of the arguments from their schema. */
export function schedulerType<const Name extends string, Shape extends z.core.$ZodShape = {}>(
  type: SchedulerType<ArgumentsIn<Shape>> & Declared<Name, Shape>,
): SchedulerType<ArgumentsIn<Shape>> & Typed<Name, Shape> {
  return type as never;
}
