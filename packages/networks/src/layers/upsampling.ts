import type { StructureOf } from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import { multiplyAlong, spreadAlong, takeAlong } from './along-axis.js';
import type { LayerFunction } from './layer-function.js';

/** Along one axis at a time: the nearest value, or the weighted mean of the two values around a position. */
export const upsample: LayerFunction<StructureOf<'Upsample'>> = (structure, { input }) => {
  const [batch = 0, channels = 0, ...spatial] = input.shape;
  const planes = tf.reshape(input, [batch * channels, ...spatial]);
  const axes = spatial.map((length, i) => axisOf(structure, i, length));
  const output = axes.reduce((x, { forward }) => forward(x), planes);
  return {
    output: tf.reshape(output, [batch, channels, ...output.shape.slice(1)]),
    backward(gradient) {
      const ofOutput = tf.reshape(gradient, [batch * channels, ...output.shape.slice(1)]);
      const ofPlanes = axes.reduceRight((flowing, { backward }) => backward(flowing), ofOutput);
      return { input: tf.reshape(ofPlanes, input.shape) };
    },
  };
};

interface Axis {
  forward(x: tf.Tensor): tf.Tensor;
  backward(gradient: tf.Tensor): tf.Tensor;
}

function axisOf(structure: StructureOf<'Upsample'>, index: number, length: number): Axis {
  const pick = (value: number | readonly number[]) => (typeof value === 'number' ? value : value[index]!);
  const axis = index + 1;
  const given = structure.scale_factor === null ? undefined : pick(structure.scale_factor);
  const target = given === undefined ? pick(structure.size ?? 1) : Math.floor(length * given);
  // PyTorch steps by the factor it was given, not by the ratio of the rounded lengths.
  const step = given !== undefined && structure.recompute_scale_factor !== true ? 1 / given : length / target;
  if (structure.mode === 'nearest') {
    const positions = Int32Array.from({ length: target }, (_, place) =>
      Math.min(Math.floor(Math.fround(place * Math.fround(step))), length - 1),
    );
    return {
      forward: (x) => takeAlong(x, axis, positions),
      backward: (gradient) => spreadAlong(gradient, axis, positions, length),
    };
  }
  const matrix = new Float32Array(length * target);
  for (let place = 0; place < target; place++) {
    const position = structure.align_corners
      ? target === 1
        ? 0
        : (place * (length - 1)) / (target - 1)
      : Math.max((place + 0.5) * step - 0.5, 0);
    const low = Math.min(Math.floor(position), length - 1);
    const high = Math.min(low + 1, length - 1);
    const share = Math.min(position - low, 1);
    matrix[low * target + place]! += 1 - share;
    matrix[high * target + place]! += share;
  }
  const weights = tf.tensor2d(matrix, [length, target]);
  return {
    forward: (x) => multiplyAlong(x, axis, weights),
    backward: (gradient) => multiplyAlong(gradient, axis, tf.transpose(weights)),
  };
}
