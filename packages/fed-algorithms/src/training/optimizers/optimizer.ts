import type { RunArguments } from '../../arguments.js';
import type { Vector } from '../../vector.js';

/** What a scheduler changes while training goes on; read by the optimizer at every step. */
export interface OptimizerSettings {
  lr: number;
  /** Momentum, or the first beta of the Adam family; absent where the optimizer has neither. */
  momentum?: number;
}

/** Moves weights against a gradient, in place; both are flat vectors of the size it was made for. */
export interface Optimizer {
  step(weights: Vector, gradient: Vector): void;
}

/** One optimizer: PyTorch's update rule on a flat vector, with PyTorch's names for its arguments. */
export interface OptimizerType {
  /** The run's arguments that have an effect, besides `lr`. */
  readonly reads: readonly (keyof RunArguments)[];
  /** First settings, from the run's arguments. */
  settings(args: RunArguments): OptimizerSettings;
  /** @param size number of weights it keeps state for, in vectors that `zeros` makes. */
  create(
    args: RunArguments,
    settings: OptimizerSettings,
    size: number,
    zeros: (size: number) => Vector,
  ): Optimizer;
}
