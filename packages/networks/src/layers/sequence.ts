import type { StructureOf } from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import type { LayerFunction } from './layer-function.js';

/** The last step; of a bidirectional sequence, whose second half of features runs backwards, the first step of that half. */
export const lastStep: LayerFunction<StructureOf<'LastStep'>> = ({ bidirectional }, { input }) => {
  const [batch, length, features] = input.shape as [number, number, number];
  const half = bidirectional ? features / 2 : features;
  const take = (step: number, from: number) =>
    tf.reshape(tf.slice(input, [0, step, from], [batch, 1, half]), [batch, half]);
  return {
    output: bidirectional ? tf.concat([take(length - 1, 0), take(0, half)], 1) : take(length - 1, 0),
    backward(gradient) {
      const put = (step: number, from: number) =>
        tf.pad(tf.reshape(tf.slice(gradient, [0, from], [batch, half]), [batch, 1, half]), [
          [0, 0],
          [step, length - 1 - step],
          [from, features - half - from],
        ]);
      const last = put(length - 1, 0);
      return { input: bidirectional ? tf.add(last, put(0, half)) : last };
    },
  };
};

export const meanOverSteps: LayerFunction<unknown> = (_structure, { input }) => ({
  output: tf.mean(input, 1),
  backward(gradient) {
    const length = input.shape[1]!;
    return { input: tf.tile(tf.expandDims(tf.div(gradient, length), 1), [1, length, 1]) };
  },
});
