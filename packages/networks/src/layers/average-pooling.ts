import type { StructureOf } from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import { meanByProduct, meanOf } from '../activations/not-a-number.js';
import type { LayerFunction } from './layer-function.js';
import { bin, overLength, overLengthBins, overVolume, overVolumeBins } from './pooling-axes.js';

type Pair = [number, number];

export const avgPool2d: LayerFunction<StructureOf<'AvgPool2d'>> = (structure, { input }) => {
  const padding = structure.padding as Pair;
  const planes = toPlanes(input, padding);
  const window = windowOf(structure);
  const mean = meanOf(planes, (values) => tf.avgPool(values, window.filterSize, window.strides, 'valid'));
  const divisor = divisorOf(structure, input.shape, window);
  const output = divisor ? tf.div(mean, divisor) : mean;
  return {
    output: fromPlanes(output, input.shape),
    backward(gradient) {
      const ofOutput = tf.reshape(gradient, mean.shape);
      const dy = divisor ? tf.div(ofOutput, divisor) : ofOutput;
      const ofPlanes: tf.Tensor = tf.engine().runKernel('AvgPoolGrad', { dy, input: planes }, window);
      return { input: unpad(ofPlanes, padding, input.shape) };
    },
  };
};

/** One matrix product for both dimensions. */
export const adaptiveAvgPool2d: LayerFunction<StructureOf<'AdaptiveAvgPool2d'>> = (structure, { input }) => {
  const [batch, channels, height, width] = input.shape as [number, number, number, number];
  const [rows, columns] = structure.output_size as Pair;
  const bins = tf.tensor2d(binMatrix([height, width], [rows, columns]), [height * width, rows * columns]);
  const planes = tf.reshape<tf.Rank.R2>(input, [batch * channels, height * width]);
  return {
    output: tf.reshape(
      meanByProduct(planes, (values) => tf.matMul(values, bins)),
      [batch, channels, rows, columns],
    ),
    backward(gradient) {
      const flat = tf.reshape<tf.Rank.R2>(gradient, [batch * channels, rows * columns]);
      return { input: tf.reshape(tf.matMul(flat, bins, false, true), input.shape) };
    },
  };
};

export const avgPool1d = overLength(avgPool2d);
/** A divisor stands for the whole window: over planes the values are summed. */
export const avgPool3d = overVolume(avgPool2d, (structure) =>
  structure.divisor_override === null
    ? { planes: structure, depth: structure }
    : { planes: { ...structure, divisor_override: 1 }, depth: structure },
);
export const adaptiveAvgPool1d = overLengthBins(adaptiveAvgPool2d);
export const adaptiveAvgPool3d = overVolumeBins(adaptiveAvgPool2d);

function windowOf({ kernel_size, stride }: { kernel_size: number[]; stride: number[] }) {
  return { filterSize: kernel_size as Pair, strides: stride as Pair, pad: 'valid' as const };
}

/** Pooling works on each channel by itself: [batch · channels, height, width, 1] spares the transposition. */
function toPlanes(input: tf.Tensor, [rows, columns]: Pair): tf.Tensor4D {
  const [batch, channels, height, width] = input.shape as [number, number, number, number];
  const planes = tf.reshape<tf.Rank.R4>(input, [batch * channels, height, width, 1]);
  if (rows === 0 && columns === 0) return planes;
  return tf.pad(planes, [
    [0, 0],
    [rows, rows],
    [columns, columns],
    [0, 0],
  ]);
}

function fromPlanes(planes: tf.Tensor, inputShape: readonly number[]): tf.Tensor {
  return tf.reshape(planes, [inputShape[0]!, inputShape[1]!, planes.shape[1]!, planes.shape[2]!]);
}

function unpad(planes: tf.Tensor, [rows, columns]: Pair, inputShape: readonly number[]): tf.Tensor {
  const [batch, channels, height, width] = inputShape as [number, number, number, number];
  const inner = tf.slice(planes, [0, rows, columns, 0], [batch * channels, height, width, 1]);
  return tf.reshape(inner, [batch, channels, height, width]);
}

/** What the mean over the whole window still has to be divided by, to be PyTorch's. */
function divisorOf(
  structure: StructureOf<'AvgPool2d'>,
  [, , height, width]: readonly number[],
  { filterSize, strides, pad }: ReturnType<typeof windowOf>,
): tf.Tensor | undefined {
  const { divisor_override, count_include_pad, padding } = structure;
  if (divisor_override !== null) return tf.scalar(divisor_override / (filterSize[0] * filterSize[1]));
  if (count_include_pad || padding.every((length) => length === 0)) return undefined;
  const inside = toPlanes(tf.ones([1, 1, height!, width!]), padding as Pair);
  return tf.avgPool(inside, filterSize, strides, pad);
}

function binMatrix([height, width]: Pair, [rows, columns]: Pair): Float32Array {
  const matrix = new Float32Array(height * width * rows * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const [top, bottom] = bin(row, rows, height);
      const [left, right] = bin(column, columns, width);
      const share = 1 / ((bottom - top) * (right - left));
      for (let y = top; y < bottom; y++)
        for (let x = left; x < right; x++)
          matrix[(y * width + x) * rows * columns + row * columns + column] = share;
    }
  return matrix;
}
