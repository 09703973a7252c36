import type { Random } from '@synergos/fed-algorithms';
import type * as tf from '@tensorflow/tfjs-core';

/** What one layer computes from. Tensors are in PyTorch's layout: [batch, channels, height, width]. */
export interface LayerStep {
  readonly input: tf.Tensor;
  /** By the catalogue's names: `weight`, `bias`, `running_mean` … */
  readonly parameters: Readonly<Record<string, tf.Tensor>>;
  readonly training: boolean;
  /** For dropout masks. */
  readonly random: Random;
}

export interface LayerResult {
  readonly output: tf.Tensor;
  /** New values of buffers, in training. */
  readonly buffers?: Readonly<Record<string, tf.Tensor>>;
  /** `input` may be omitted if `needsInput` is false. */
  readonly backward: (gradient: tf.Tensor, needsInput: boolean) => LayerGradients;
}

export interface LayerGradients {
  readonly input?: tf.Tensor;
  readonly parameters?: Readonly<Record<string, tf.Tensor>>;
}

export type LayerFunction<Structure> = (structure: Structure, step: LayerStep) => LayerResult;
