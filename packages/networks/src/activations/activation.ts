import * as tf from '@tensorflow/tfjs-core';

/** A function of `torch.nn.functional` with its arguments bound, and its derivative. */
export interface Activation {
  forward(x: tf.Tensor): tf.Tensor;
  /** Gradient of the input, from input, output and the output's gradient. */
  backward(x: tf.Tensor, y: tf.Tensor, gradient: tf.Tensor): tf.Tensor;
}

/** An activation of each value by itself. */
export function pointwise(
  forward: (x: tf.Tensor) => tf.Tensor,
  derivative: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor,
): Activation {
  return { forward: (x) => forward(x), backward: (x, y, gradient) => tf.mul(gradient, derivative(x, y)) };
}

/** 1 inside (low, high), else 0. */
export function within(x: tf.Tensor, low: number, high: number): tf.Tensor {
  return tf.mul(tf.step(tf.sub(x, low)), tf.step(tf.sub(high, x)));
}
