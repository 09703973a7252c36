import type { z } from 'zod';
import type { ArgumentsIn, Component, Declared, Typed } from '../../component.js';
import type { Vector } from '../../vector.js';

/** The settings that a scheduler changes during training. The optimizer reads them at every step. */
export interface OptimizerSettings {
  lr: number;
  /** Momentum, or the first beta of the Adam family; absent if the optimizer has neither. */
  momentum?: number;
}

/** Moves weights against a gradient, in place. Both are flat vectors of the size that it was made for. */
export interface Optimizer {
  step(weights: Vector, gradient: Vector): void;
}

/** Arguments that every optimizer reads. */
export interface CommonArguments {
  readonly lr: number;
}

/** An optimizer of local training that a run selects by name: PyTorch's update rule on a flat vector. */
export interface OptimizerType<Args extends object = any> extends Component<Args> {
  /** The settings of the first step. */
  readonly settings: (args: Args & CommonArguments) => OptimizerSettings;
  /** @param size number of weights; the optimizer keeps its state in vectors that `zeros` makes. */
  readonly create: (
    args: Args & CommonArguments,
    settings: OptimizerSettings,
    size: number,
    zeros: (size: number) => Vector,
  ) => Optimizer;
  /** Throws `InvalidArguments` if the arguments make no sense together. */
  readonly check?: (args: Args & CommonArguments) => void;
  /** Steps are proportional to the gradients, so that one weight with a gradient of 1 shows how far they go. */
  readonly linear?: true;
}

/** Infers the type of the arguments from their schema. */
export function optimizerType<const Name extends string, Shape extends z.core.$ZodShape = {}>(
  type: OptimizerType<ArgumentsIn<Shape>> & Declared<Name, Shape>,
): OptimizerType<ArgumentsIn<Shape>> & Typed<Name, Shape> {
  return type as never;
}
