import { paddingPairs, type StructureOf } from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import { sizeOf, spreadAlong, takeAlong } from './along-axis.js';
import type { LayerFunction } from './layer-function.js';

/** One value around the input. */
export const constantPad: LayerFunction<StructureOf<'ConstantPad1d'>> = ({ padding, value }, { input }) => {
  const pairs = paddingPairs(padding);
  // Batch and channels as one: the kernels take at most four dimensions.
  const [batch = 0, channels = 0, ...spatial] = input.shape;
  const planes = tf.reshape(input, [batch * channels, ...spatial]);
  const output = tf.pad(planes, [[0, 0], ...pairs], value);
  return {
    output: tf.reshape(output, [batch, channels, ...output.shape.slice(1)]),
    backward(gradient) {
      const begin = [0, ...pairs.map(([before]) => before)];
      return {
        input: tf.reshape(tf.slice(tf.reshape(gradient, output.shape), begin, planes.shape), input.shape),
      };
    },
  };
};

export const zeroPad: LayerFunction<StructureOf<'ZeroPad1d'>> = ({ padding }, step) =>
  constantPad({ padding, value: 0 }, step);

/** The input mirrored at its borders, which are not repeated. */
export const reflectionPad = padBy((position, length) => {
  const mirrored = Math.abs(position);
  return mirrored < length ? mirrored : 2 * (length - 1) - mirrored;
});

/** The values at the borders, repeated. */
export const replicationPad = padBy((position, length) => Math.min(Math.max(position, 0), length - 1));

/** Pads with values of the input, by where each comes from: `position` counts from its first value. */
function padBy(
  source: (position: number, length: number) => number,
): LayerFunction<StructureOf<'ZeroPad1d'>> {
  return ({ padding }, { input }) => {
    const axes = paddingPairs(padding).map(([before, after], i) => {
      const length = input.shape[i + 2]!;
      const positions = Int32Array.from({ length: before + length + after }, (_, place) =>
        source(place - before, length),
      );
      return { axis: i + 1, length, positions };
    });
    const planes = tf.reshape(input, [sizeOf(input.shape.slice(0, 2)), ...input.shape.slice(2)]);
    const output = axes.reduce((x, { axis, positions }) => takeAlong(x, axis, positions), planes);
    return {
      output: tf.reshape(output, [...input.shape.slice(0, 2), ...output.shape.slice(1)]),
      backward(gradient) {
        const ofPlanes = axes.reduceRight(
          (flowing, { axis, positions, length }) => spreadAlong(flowing, axis, positions, length),
          tf.reshape(gradient, output.shape),
        );
        return { input: tf.reshape(ofPlanes, input.shape) };
      },
    };
  };
}
