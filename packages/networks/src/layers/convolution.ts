import { convolutionPadding, type StructureOf } from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import type { LayerFunction } from './layer-function.js';

export type Pair = [number, number];

interface Convolution {
  readonly stride: Pair;
  readonly dilation: Pair;
}

export const conv2d: LayerFunction<StructureOf<'Conv2d'>> = (structure, { input, parameters }) => {
  const { groups } = structure;
  const convolution = { stride: structure.stride as Pair, dilation: structure.dilation as Pair };
  const padding: Pair[] = [[0, 0], ...convolutionPadding(structure), [0, 0]];
  // tfjs convolves [batch, height, width, channels] with filters [height, width, in, out].
  const image = tf.pad(tf.transpose(input, [0, 2, 3, 1]), padding) as tf.Tensor4D;
  const filter = tf.transpose(parameters['weight'] as tf.Tensor4D, [2, 3, 1, 0]);
  const images = split(image, groups);
  const filters = split(filter, groups);
  const bias = parameters['bias'];

  const product = join(images.map((part, group) => convolve(part, filters[group]!, convolution)));
  const output = bias ? tf.add(product, bias) : product;
  return {
    output: tf.transpose(output, [0, 3, 1, 2]),
    backward(gradient, needsInput) {
      const channelsLast = tf.transpose(gradient, [0, 2, 3, 1]) as tf.Tensor4D;
      const parts = split(channelsLast, groups);
      const ofFilter = parts.map((part, group) =>
        filterGradient(images[group]!, part, structure.kernel_size as Pair, convolution),
      );
      const ofImage = () =>
        join(
          parts.map((part, group) => inputGradient(images[group]!.shape, part, filters[group]!, convolution)),
        );
      return {
        ...(needsInput && { input: unpad(ofImage(), padding, input.shape) }),
        parameters: {
          weight: tf.transpose(join(ofFilter), [3, 2, 0, 1]),
          ...(bias && { bias: tf.sum(channelsLast, [0, 1, 2]) }),
        },
      };
    },
  };
};

export const conv1d: LayerFunction<StructureOf<'Conv1d'>> = overLength(conv2d, (structure) => {
  const { padding } = structure;
  return {
    ...structure,
    kernel_size: [1, ...structure.kernel_size],
    stride: [1, ...structure.stride],
    dilation: [1, ...structure.dilation],
    padding: typeof padding === 'string' ? padding : [0, ...padding],
  };
});

/** A convolution over length, as one over images of height 1. */
export function overLength<Structure>(
  layer: LayerFunction<Structure>,
  widen: (structure: Structure) => Structure,
): LayerFunction<Structure> {
  const flat = (tensor: tf.Tensor) => tf.squeeze(tensor, [2]);
  const tall = (tensor: tf.Tensor) => tf.expandDims(tensor, 2);
  return (structure, step) => {
    const parameters = { ...step.parameters, weight: tall(step.parameters['weight']!) };
    const { output, backward } = layer(widen(structure), { ...step, input: tall(step.input), parameters });
    return {
      output: flat(output),
      backward(gradient, needsInput) {
        const { input, parameters: gradients = {} } = backward(tall(gradient), needsInput);
        return {
          ...(input && { input: flat(input) }),
          parameters: { ...gradients, weight: flat(gradients['weight']!) },
        };
      },
    };
  };
}

export function convolve(
  image: tf.Tensor4D,
  filter: tf.Tensor4D,
  { stride, dilation }: Convolution,
): tf.Tensor4D {
  // The WebAssembly backend makes −∞ of NaN in this case alone.
  if (filter.size === 1) {
    const [batch, height, width] = image.shape;
    const taken = tf.stridedSlice(image, [0, 0, 0, 0], [batch, height, width, 1], [1, ...stride, 1]);
    return tf.mul(taken, tf.reshape(filter, []));
  }
  return tf.conv2d(image, filter, stride, 'valid', 'NHWC', dilation);
}

/**
 * dW[i, j] = Σ x[p·stride + i·dilation] dy[p] over batch and positions: itself a convolution, with channels for
 * batch, the gradient for filter, and stride and dilation exchanged. The WebAssembly backend has no kernel for it.
 */
export function filterGradient(
  image: tf.Tensor4D,
  gradient: tf.Tensor4D,
  [height, width]: Pair,
  { stride, dilation }: Convolution,
): tf.Tensor4D {
  const asImage = tf.transpose(image, [3, 1, 2, 0]);
  const asFilter = tf.transpose(gradient, [1, 2, 0, 3]);
  const all = convolve(asImage, asFilter, { stride: dilation, dilation: stride });
  // Positions that a stride leaves unused give further rows and columns.
  const used = tf.slice(all, [0, 0, 0, 0], [all.shape[0], height, width, all.shape[3]]);
  return tf.transpose(used, [1, 2, 0, 3]);
}

export function inputGradient(
  shape: [number, number, number, number],
  gradient: tf.Tensor4D,
  filter: tf.Tensor4D,
  { stride, dilation }: Convolution,
): tf.Tensor4D {
  if (dilation.every((factor) => factor === 1))
    return tf.conv2dTranspose(gradient, filter, shape, stride, 'valid');
  // tfjs has none for dilated filters: the full convolution with the filter turned round.
  const [rows, columns] = [0, 1].map((side) => (filter.shape[side]! - 1) * dilation[side]!) as Pair;
  const padded = tf.pad(gradient, [
    [0, 0],
    [rows, rows],
    [columns, columns],
    [0, 0],
  ]);
  const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
  return convolve(padded, turned, { stride: [1, 1], dilation });
}

/** Parts of the last dimension, one for each group. */
export function split(tensor: tf.Tensor4D, groups: number): tf.Tensor4D[] {
  return groups === 1 ? [tensor] : tf.split(tensor, groups, 3);
}

export function join(parts: tf.Tensor4D[]): tf.Tensor4D {
  return parts.length === 1 ? parts[0]! : tf.concat(parts, 3);
}

function unpad(image: tf.Tensor4D, padding: readonly Pair[], shape: readonly number[]): tf.Tensor {
  const [batch, channels, height, width] = shape as [number, number, number, number];
  const begin = padding.map(([before]) => before) as [number, number, number, number];
  return tf.transpose(tf.slice(image, begin, [batch, height, width, channels]), [0, 3, 1, 2]);
}
