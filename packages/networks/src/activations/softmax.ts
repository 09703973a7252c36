import * as tf from '@tensorflow/tfjs-core';
import type { Activation } from './activation.js';

/** e^x over its sum along a dimension of the batch; by default the one after the batch: the classes. */
export function softmax(dim = 1): Activation {
  return {
    forward: (x) => tf.exp(logarithm(x, dim)),
    backward: (_x, y, gradient) => throughSoftmax(y, gradient, dim),
  };
}

/** The softmax of −x. */
export function softmin(dim = 1): Activation {
  return {
    forward: (x) => tf.exp(logarithm(tf.neg(x), dim)),
    backward: (_x, y, gradient) => tf.neg(throughSoftmax(y, gradient, dim)),
  };
}

export function logSoftmax(dim = 1): Activation {
  return {
    forward: (x) => logarithm(x, dim),
    backward: (_x, y, gradient) => tf.sub(gradient, tf.mul(tf.exp(y), tf.sum(gradient, dim, true))),
  };
}

function logarithm(x: tf.Tensor, dim: number): tf.Tensor {
  const shifted = tf.sub(x, tf.max(x, dim, true));
  return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), dim, true)));
}

function throughSoftmax(y: tf.Tensor, gradient: tf.Tensor, dim: number): tf.Tensor {
  return tf.mul(y, tf.sub(gradient, tf.sum(tf.mul(gradient, y), dim, true)));
}
