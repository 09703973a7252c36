import type { StructureOf } from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import type { LayerFunction } from './layer-function.js';

export const identity: LayerFunction<unknown> = (_structure, { input }) => ({
  output: input,
  backward: (gradient) => ({ input: gradient }),
});

export const flatten: LayerFunction<StructureOf<'Flatten'>> = ({ start_dim, end_dim }, { input }) => {
  const { shape, rank } = input;
  const start = start_dim < 0 ? start_dim + rank : start_dim;
  const end = end_dim < 0 ? end_dim + rank : end_dim;
  return {
    output: tf.reshape(input, [...shape.slice(0, start), -1, ...shape.slice(end + 1)]),
    backward: (gradient) => ({ input: tf.reshape(gradient, shape) }),
  };
};

/** Zeroes each value with probability p and scales the rest by 1/(1 − p). */
export const dropout: LayerFunction<StructureOf<'Dropout'>> = (structure, step) =>
  mask(structure.p, step.input.shape, step);

/** Zeroes whole channels. */
export const channelDropout: LayerFunction<StructureOf<'Dropout2d'>> = (structure, step) =>
  mask(
    structure.p,
    step.input.shape.map((length, axis) => (axis < 2 ? length : 1)),
    step,
  );

export const unflatten: LayerFunction<StructureOf<'Unflatten'>> = ({ dim, unflattened_size }, { input }) => {
  const { shape, rank } = input;
  const at = dim < 0 ? dim + rank : dim;
  return {
    output: tf.reshape(input, [...shape.slice(0, at), ...unflattened_size, ...shape.slice(at + 1)]),
    backward: (gradient) => ({ input: tf.reshape(gradient, shape) }),
  };
};

function mask(p: number, shape: number[], step: Parameters<LayerFunction<unknown>>[1]) {
  if (!step.training || p === 0) return identity(undefined, step);
  const values = new Float32Array(shape.reduce((product, length) => product * length, 1));
  for (let i = 0; i < values.length; i++) values[i] = step.random.uniform(0, 1) < p ? 0 : 1 / (1 - p);
  const factors = tf.tensor(values, shape);
  return {
    output: tf.mul(step.input, factors),
    backward: (gradient: tf.Tensor) => ({ input: tf.mul(gradient, factors) }),
  };
}
