import type { StructureOf } from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import { meanOf } from '../activations/not-a-number.js';
import type { LayerFunction } from './layer-function.js';

type Pair = [number, number];

/**
 * In plain arithmetic: TensorFlow.js 4.22 has a MaxPoolGrad for WebAssembly that gives wrong numbers, and the
 * positions of the maxima, found on the way forward, are all that the way back needs.
 */
export const maxPool2d: LayerFunction<StructureOf<'MaxPool2d'>> = (structure, { input }) => {
  const { values, positions, shape } = maxima(input, structure);
  return {
    output: tf.tensor(values, shape),
    backward(gradient) {
      const ofOutput = gradient.dataSync() as Float32Array;
      const ofInput = new Float32Array(input.size);
      for (let index = 0; index < positions.length; index++) ofInput[positions[index]!]! += ofOutput[index]!;
      return { input: tf.tensor(ofInput, input.shape) };
    },
  };
};

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

/** Bin i of n over a length: from ⌊i·length/n⌋ to ⌈(i+1)·length/n⌉, as PyTorch cuts it; one matrix product for both. */
export const adaptiveAvgPool2d: LayerFunction<StructureOf<'AdaptiveAvgPool2d'>> = (structure, { input }) => {
  const [batch, channels, height, width] = input.shape as [number, number, number, number];
  const [rows, columns] = structure.output_size as Pair;
  const bins = tf.tensor2d(binMatrix([height, width], [rows, columns]), [height * width, rows * columns]);
  const planes = tf.reshape<tf.Rank.R2>(input, [batch * channels, height * width]);
  return {
    output: tf.reshape(
      meanOf(planes, (values) => tf.matMul(values, bins)),
      [batch, channels, rows, columns],
    ),
    backward(gradient) {
      const flat = tf.reshape<tf.Rank.R2>(gradient, [batch * channels, rows * columns]);
      return { input: tf.reshape(tf.matMul(flat, bins, false, true), input.shape) };
    },
  };
};

/** Pools over length as over images of height 1. */
function overLength<Structure extends { kernel_size: number[]; stride: number[]; padding: number[] }>(
  pool: LayerFunction<Structure>,
): LayerFunction<Structure> {
  return (structure, step) => {
    const { output, backward } = pool(
      {
        ...structure,
        kernel_size: [1, ...structure.kernel_size],
        stride: [1, ...structure.stride],
        padding: [0, ...structure.padding],
      },
      { ...step, input: tf.expandDims(step.input, 2) },
    );
    return {
      output: tf.squeeze(output, [2]),
      backward: (gradient) => ({ input: tf.squeeze(backward(tf.expandDims(gradient, 2), true).input!, [2]) }),
    };
  };
}

export const maxPool1d = overLength(maxPool2d);
export const avgPool1d = overLength(avgPool2d);

/** The largest value of each window, the first of equals, and its position in the input. */
function maxima(input: tf.Tensor, structure: StructureOf<'MaxPool2d'>) {
  const [batch, channels, height, width] = input.shape as [number, number, number, number];
  const [kernelRows, kernelColumns] = structure.kernel_size as Pair;
  const [rowStride, columnStride] = structure.stride as Pair;
  const [rowPadding, columnPadding] = structure.padding as Pair;
  const rows = Math.floor((height + 2 * rowPadding - kernelRows) / rowStride) + 1;
  const columns = Math.floor((width + 2 * columnPadding - kernelColumns) / columnStride) + 1;
  const pixels = input.dataSync() as Float32Array;
  const values = new Float32Array(batch * channels * rows * columns);
  const positions = new Uint32Array(values.length);

  let index = 0;
  for (let plane = 0; plane < pixels.length; plane += height * width)
    for (let top = -rowPadding, row = 0; row < rows; row++, top += rowStride)
      for (let left = -columnPadding, column = 0; column < columns; column++, left += columnStride) {
        const bottom = Math.min(top + kernelRows, height);
        const right = Math.min(left + kernelColumns, width);
        let best = -1;
        let largest = 0;
        for (let y = Math.max(top, 0); y < bottom; y++)
          for (let x = Math.max(left, 0); x < right; x++) {
            const position = plane + y * width + x;
            const value = pixels[position]!;
            // NaN counts as the largest, as in PyTorch.
            if (best < 0 || value > largest || Number.isNaN(value)) {
              best = position;
              largest = value;
            }
          }
        positions[index] = best;
        values[index++] = largest;
      }
  return { values, positions, shape: [batch, channels, rows, columns] };
}

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

function bin(index: number, count: number, length: number): Pair {
  return [Math.floor((index * length) / count), Math.ceil(((index + 1) * length) / count)];
}
