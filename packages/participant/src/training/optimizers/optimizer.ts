import type { RunArguments } from '@synergos/fed-algorithms';

/** What a scheduler changes while training goes on; read by the optimizer at every step. */
export interface OptimizerSettings {
  lr: number;
  /** Momentum, or the first beta of the Adam family; absent where the optimizer has neither. */
  momentum?: number;
}

/** Moves weights against a gradient, in place; both are flat vectors of the size it was made for. */
export interface Optimizer {
  step(weights: Float32Array, gradient: Float32Array): void;
}

/** One optimizer: PyTorch's update rule on a flat vector, with PyTorch's names for its arguments. */
export interface OptimizerType {
  /** First settings, from the run's arguments. */
  settings(args: RunArguments): OptimizerSettings;
  /** @param size number of weights it keeps state for. */
  create(args: RunArguments, settings: OptimizerSettings, size: number): Optimizer;
}
