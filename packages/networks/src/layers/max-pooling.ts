import type { StructureOf } from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import type { LayerFunction, LayerResult } from './layer-function.js';
import { bin, overLength, overLengthBins, overVolume, overVolumeBins } from './pooling-axes.js';

/** Where windows begin and end along one dimension. */
interface Windows {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/*
 * In plain arithmetic: TensorFlow.js 4.22 has a MaxPoolGrad for WebAssembly that gives wrong numbers, and the
 * positions of the maxima, found on the way forward, are all that the way back needs.
 */
export const maxPool2d: LayerFunction<StructureOf<'MaxPool2d'>> = (structure, { input }) => {
  const [rows, columns] = [0, 1].map((i) => sliding(structure, i, input.shape[i + 2]!)) as [Windows, Windows];
  return maxima(input, rows, columns);
};

export const adaptiveMaxPool2d: LayerFunction<StructureOf<'AdaptiveMaxPool2d'>> = (
  { output_size },
  { input },
) => {
  const [rows, columns] = output_size.map((count, i) => bins(count, input.shape[i + 2]!)) as [
    Windows,
    Windows,
  ];
  return maxima(input, rows, columns);
};

export const maxPool1d = overLength(maxPool2d);
export const maxPool3d = overVolume(maxPool2d);
export const adaptiveMaxPool1d = overLengthBins(adaptiveMaxPool2d);
export const adaptiveMaxPool3d = overVolumeBins(adaptiveMaxPool2d);

function sliding(
  { kernel_size, stride, padding }: StructureOf<'MaxPool2d'>,
  i: number,
  length: number,
): Windows {
  const count = Math.floor((length + 2 * padding[i]! - kernel_size[i]!) / stride[i]!) + 1;
  const first = Int32Array.from({ length: count }, (_, place) => place * stride[i]! - padding[i]!);
  return {
    starts: first.map((start) => Math.max(start, 0)),
    ends: first.map((start) => Math.min(start + kernel_size[i]!, length)),
  };
}

function bins(count: number, length: number): Windows {
  const all = Array.from({ length: count }, (_, place) => bin(place, count, length));
  return {
    starts: Int32Array.from(all, ([start]) => start),
    ends: Int32Array.from(all, ([, end]) => end),
  };
}

/** The largest value of each window, the first of equals. */
function maxima(input: tf.Tensor, rows: Windows, columns: Windows): LayerResult {
  const [batch, channels, height, width] = input.shape as [number, number, number, number];
  const [rowCount, columnCount] = [rows.starts.length, columns.starts.length];
  const pixels = input.dataSync() as Float32Array;
  const values = new Float32Array(batch * channels * rowCount * columnCount);
  const positions = new Uint32Array(values.length);

  let index = 0;
  for (let plane = 0; plane < pixels.length; plane += height * width)
    for (let row = 0; row < rowCount; row++) {
      const top = rows.starts[row]!;
      const bottom = rows.ends[row]!;
      for (let column = 0; column < columnCount; column++) {
        const left = columns.starts[column]!;
        const right = columns.ends[column]!;
        let best = plane + top * width + left;
        let largest = pixels[best]!;
        for (let y = top; y < bottom; y++)
          for (let x = left; x < right; x++) {
            const position = plane + y * width + x;
            const value = pixels[position]!;
            // NaN counts as the largest, as in PyTorch.
            if (value > largest || Number.isNaN(value)) {
              best = position;
              largest = value;
            }
          }
        positions[index] = best;
        values[index++] = largest;
      }
    }
  return {
    output: tf.tensor(values, [batch, channels, rowCount, columnCount]),
    backward(gradient) {
      const ofOutput = gradient.dataSync() as Float32Array;
      const ofInput = new Float32Array(input.size);
      for (let place = 0; place < positions.length; place++) ofInput[positions[place]!]! += ofOutput[place]!;
      return { input: tf.tensor(ofInput, input.shape) };
    },
  };
}
