import type { Manifest } from '../model/index.js';
import type { Vector } from '../vector.js';
import type { Samples } from './samples.js';

/**
 * A model ready to compute: pure functions of a flat weight vector, laid out as `manifest` says.
 * `@synergos/networks` makes one of a model definition; research code may provide its own functions.
 */
export interface LocalModel {
  readonly manifest: Manifest;
  /**
   * Mean criterion of a batch and its gradient, in training mode. Buffers (a batch norm's running statistics)
   * are updated in `weights`; their places in the gradient are zero. `seed` draws the dropout masks.
   */
  lossAndGradient(weights: Vector, batch: Samples, seed: number, options?: PassOptions): LossAndGradient;
  /** Mean criterion over the samples, in evaluation mode. */
  loss(weights: Vector, samples: Samples): number;
  /** [count × units], in evaluation mode, after the last activation. */
  predict(weights: Vector, samples: Samples): Float32Array;
  /** The same before the last activation, if it is a sigmoid or softmax; in training mode if a seed is given. */
  scores?(weights: Vector, samples: Samples, seed?: number): Float32Array;
  /** Shape of one sample's output. */
  outputShape?(shape: readonly number[]): readonly number[];
  /** Seconds that each layer takes for a batch, forward and back. */
  layerSeconds?(weights: Vector, batch: Samples): readonly number[];
}

/** Mean over a batch; fills `ofScores` with its gradient. Both are [count × units]. */
export type BatchCriterion = (scores: Float32Array, batch: Samples, ofScores: Float32Array) => number;

export interface PassOptions {
  /** In place of the model's own. */
  readonly criterion?: BatchCriterion;
  /** Asks for the gradient of the batch's features. */
  readonly ofInput?: boolean;
}

export interface LossAndGradient {
  readonly loss: number;
  readonly gradient: Vector;
  /** [count, ...shape], if requested. */
  readonly ofInput?: Float32Array;
}
