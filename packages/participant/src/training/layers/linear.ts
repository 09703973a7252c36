import type { StructureOf } from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import type { LayerFunction } from './layer-function.js';

/** y = x Wᵀ + b over the last dimension. */
export const linear: LayerFunction<StructureOf<'Linear'>> = (structure, { input, parameters }) => {
  const { in_features, out_features } = structure;
  const weight = parameters['weight'] as tf.Tensor2D;
  const bias = parameters['bias'];
  const rows = tf.reshape(input, [-1, in_features]) as tf.Tensor2D;
  const product = tf.matMul(rows, weight, false, true);
  const output = bias ? tf.add(product, bias) : product;
  return {
    output: tf.reshape(output, [...input.shape.slice(0, -1), out_features]),
    backward(gradient, needsInput) {
      const rowGradients = tf.reshape(gradient, [-1, out_features]) as tf.Tensor2D;
      return {
        ...(needsInput && { input: tf.reshape(tf.matMul(rowGradients, weight), input.shape) }),
        parameters: {
          weight: tf.matMul(rowGradients, rows, true, false),
          ...(bias && { bias: tf.sum(rowGradients, 0) }),
        },
      };
    },
  };
};
