import { convolutionPadding, type StructureOf } from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import { spreadAlong, takeAlong } from './along-axis.js';
import { conv2d } from './convolution.js';
import type { LayerFunction } from './layer-function.js';

/**
 * A Conv2d over each output depth, with the kernel's depth among the channels: the WebAssembly backend's own kernels for
 * three dimensions are plain loops.
 */
export const conv3d: LayerFunction<StructureOf<'Conv3d'>> = (structure, { input, parameters, ...step }) => {
  const [batch, channels, depth, height, width] = input.shape as [number, number, number, number, number];
  const [deep = 1, ...kernel_size] = structure.kernel_size;
  const [stride = 1, ...strides] = structure.stride;
  const [dilation = 1, ...dilations] = structure.dilation;
  const [pad = [0, 0]] = convolutionPadding(structure);
  const padded = depth + pad[0] + pad[1];
  const depths = Math.floor((padded - dilation * (deep - 1) - 1) / stride) + 1;
  const positions = Int32Array.from(
    { length: depths * deep },
    (_, place) => Math.floor(place / deep) * stride + (place % deep) * dilation,
  );
  const plane = height * width;
  const filters = parameters['weight']!;
  const flat = tf.reshape(filters, [filters.shape[0], -1, ...kernel_size]);

  const slices = tf.pad(tf.reshape(input, [batch * channels, depth, plane]), [[0, 0], pad, [0, 0]]);
  const taken = tf.reshape(takeAlong(slices, 1, positions), [batch, channels, depths, deep * plane]);
  const images = tf.reshape(tf.transpose(taken, [0, 2, 1, 3]), [
    batch * depths,
    channels * deep,
    height,
    width,
  ]);
  const { padding } = structure;
  const { output, backward } = conv2d(
    {
      ...structure,
      in_channels: channels * deep,
      kernel_size,
      stride: strides,
      dilation: dilations,
      padding: typeof padding === 'string' ? padding : padding.slice(1),
    },
    { ...step, input: images, parameters: { ...parameters, weight: flat } },
  );
  const [, outputs, rows, columns] = output.shape as [number, number, number, number];
  const turn = (tensor: tf.Tensor, first: number, second: number) =>
    tf.transpose(tf.reshape(tensor, [batch, first, second, -1]), [0, 2, 1, 3]);
  return {
    output: tf.reshape(turn(output, depths, outputs), [batch, outputs, depths, rows, columns]),
    backward(gradient, needsInput) {
      const ofOutput = tf.reshape(turn(gradient, outputs, depths), output.shape);
      const { input: ofImages, parameters: gradients = {} } = backward(ofOutput, needsInput);
      const ofInput = () => {
        const ofTaken = tf.reshape(turn(ofImages!, depths, channels), [
          batch * channels,
          depths * deep,
          plane,
        ]);
        const ofSlices = spreadAlong(ofTaken, 1, positions, padded);
        return tf.slice(ofSlices, [0, pad[0], 0], [batch * channels, depth, plane]);
      };
      return {
        ...(needsInput && { input: tf.reshape(ofInput(), input.shape) }),
        parameters: { ...gradients, weight: tf.reshape(gradients['weight']!, filters.shape) },
      };
    },
  };
};
