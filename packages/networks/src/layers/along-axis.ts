import * as tf from '@tensorflow/tfjs-core';
import { meanByProduct } from '../activations/not-a-number.js';

/** Values of one axis by their positions. */
export function takeAlong(x: tf.Tensor, axis: number, positions: Int32Array): tf.Tensor {
  return tf.gather(x, tf.tensor1d(positions, 'int32'), axis);
}

/** The gradient of `takeAlong`: values that come from the same position add up. */
export function spreadAlong(
  gradient: tf.Tensor,
  axis: number,
  positions: Int32Array,
  length: number,
): tf.Tensor {
  const matrix = new Float32Array(positions.length * length);
  for (const [index, position] of positions.entries()) matrix[index * length + position] = 1;
  return multiplyAlong(gradient, axis, tf.tensor2d(matrix, [positions.length, length]));
}

/** Weighted sums over one axis: the product of each of its vectors with a matrix [from, to] of weights ≥ 0. */
export function multiplyAlong(x: tf.Tensor, axis: number, matrix: tf.Tensor2D): tf.Tensor {
  const [before, from, after] = [
    sizeOf(x.shape.slice(0, axis)),
    x.shape[axis]!,
    sizeOf(x.shape.slice(axis + 1)),
  ];
  const to = matrix.shape[1];
  const last = after === 1 ? x : tf.transpose(tf.reshape(x, [before, from, after]), [0, 2, 1]);
  const rows = tf.reshape<tf.Rank.R2>(last, [before * after, from]);
  const product = meanByProduct(rows, (values) => tf.matMul(values, matrix));
  const turned = after === 1 ? product : tf.transpose(tf.reshape(product, [before, after, to]), [0, 2, 1]);
  return tf.reshape(turned, [...x.shape.slice(0, axis), to, ...x.shape.slice(axis + 1)]);
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
