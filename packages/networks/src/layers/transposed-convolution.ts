import type { StructureOf } from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import {
  convolve,
  filterGradient,
  inputGradient,
  join,
  overLength,
  split,
  type Pair,
} from './convolution.js';
import type { LayerFunction } from './layer-function.js';

/** The gradient of a Conv2d with respect to its input, as a layer: what goes in is a gradient, what comes out an image. */
export const convTranspose2d: LayerFunction<StructureOf<'ConvTranspose2d'>> = (
  structure,
  { input, parameters },
) => {
  const { groups, kernel_size } = structure;
  const convolution = { stride: structure.stride as Pair, dilation: structure.dilation as Pair };
  const [rows, columns] = structure.padding as Pair;
  const [batch, , ...spatial] = input.shape as [number, number, number, number];
  const [height, width] = spatial.map((length, i) => {
    const reach = structure.dilation[i]! * (kernel_size[i]! - 1) + 1;
    return (length - 1) * structure.stride[i]! + reach + structure.output_padding[i]!;
  }) as Pair;
  const shape = [batch, height, width, structure.out_channels / groups] as const;
  const gradients = split(tf.transpose(input, [0, 2, 3, 1]) as tf.Tensor4D, groups);
  const filters = split(tf.transpose(parameters['weight'] as tf.Tensor4D, [2, 3, 1, 0]), groups);
  const bias = parameters['bias'];

  const whole = join(
    gradients.map((part, group) => inputGradient([...shape], part, filters[group]!, convolution)),
  );
  const outer = [batch, height - 2 * rows, width - 2 * columns, structure.out_channels];
  const cut = tf.slice(whole, [0, rows, columns, 0], outer);
  return {
    output: tf.transpose(bias ? tf.add(cut, bias) : cut, [0, 3, 1, 2]),
    backward(gradient, needsInput) {
      const channelsLast = tf.transpose(gradient, [0, 2, 3, 1]) as tf.Tensor4D;
      const images = split(
        tf.pad(channelsLast, [
          [0, 0],
          [rows, rows],
          [columns, columns],
          [0, 0],
        ]),
        groups,
      );
      const ofInput = () => join(images.map((part, group) => convolve(part, filters[group]!, convolution)));
      const ofFilter = images.map((part, group) =>
        filterGradient(part, gradients[group]!, kernel_size as Pair, convolution),
      );
      return {
        ...(needsInput && { input: tf.transpose(ofInput(), [0, 3, 1, 2]) }),
        parameters: {
          weight: tf.transpose(join(ofFilter), [3, 2, 0, 1]),
          ...(bias && { bias: tf.sum(channelsLast, [0, 1, 2]) }),
        },
      };
    },
  };
};

export const convTranspose1d: LayerFunction<StructureOf<'ConvTranspose1d'>> = overLength(
  convTranspose2d,
  (structure) => ({
    ...structure,
    kernel_size: [1, ...structure.kernel_size],
    stride: [1, ...structure.stride],
    dilation: [1, ...structure.dilation],
    padding: [0, ...structure.padding],
    output_padding: [0, ...structure.output_padding],
  }),
);
