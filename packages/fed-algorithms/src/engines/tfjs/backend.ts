import type * as TensorFlow from '@tensorflow/tfjs-core';

/** tfjs-core, or a package that exports all of it. */
export type Tfjs = typeof TensorFlow;
export type KernelBackend = TensorFlow.KernelBackend;
export type Tensor = TensorFlow.Tensor;

/** A backend of TensorFlow.js that has started. */
export interface TfjsBackend {
  readonly tf: Tfjs;
  /** As it is registered with TensorFlow.js. */
  readonly name: string;
}
