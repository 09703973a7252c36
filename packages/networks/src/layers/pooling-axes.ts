import * as tf from '@tensorflow/tfjs-core';
import type { LayerFunction } from './layer-function.js';

/** Bin i of n over a length: from ⌊i·length/n⌋ to ⌈(i+1)·length/n⌉, as PyTorch cuts it. */
export function bin(index: number, count: number, length: number): [start: number, end: number] {
  return [Math.floor((index * length) / count), Math.ceil(((index + 1) * length) / count)];
}

/** Arguments with a number for each spatial dimension. */
interface Windows {
  readonly kernel_size: number[];
  readonly stride: number[];
  readonly padding: number[];
}

/** Pools over length as over images of height 1. */
export function overLength<Structure extends Windows>(
  pool: LayerFunction<Structure>,
): LayerFunction<Structure> {
  return asImages(pool, (structure) => ({
    ...structure,
    kernel_size: [1, ...structure.kernel_size],
    stride: [1, ...structure.stride],
    padding: [0, ...structure.padding],
  }));
}

export function overLengthBins<Structure extends { readonly output_size: number[] }>(
  pool: LayerFunction<Structure>,
): LayerFunction<Structure> {
  return asImages(pool, (structure) => ({ ...structure, output_size: [1, ...structure.output_size] }));
}

function asImages<Structure>(
  pool: LayerFunction<Structure>,
  widen: (structure: Structure) => Structure,
): LayerFunction<Structure> {
  return (structure, step) => {
    const { output, backward } = pool(widen(structure), { ...step, input: tf.expandDims(step.input, 2) });
    return {
      output: tf.squeeze(output, [2]),
      backward: (gradient) => ({ input: tf.squeeze(backward(tf.expandDims(gradient, 2), true).input!, [2]) }),
    };
  };
}

/** Pools over volumes: over the planes of each depth first, then over depth. */
export function overVolume<Structure extends Windows>(
  pool: LayerFunction<Structure>,
  adjust: (structure: Structure) => { readonly planes: Structure; readonly depth: Structure } = (same) => ({
    planes: same,
    depth: same,
  }),
): LayerFunction<Structure> {
  return inTwo(pool, (structure) => {
    const { planes, depth } = adjust(structure);
    const { kernel_size, stride, padding } = structure;
    return {
      planes: {
        ...planes,
        kernel_size: kernel_size.slice(1),
        stride: stride.slice(1),
        padding: padding.slice(1),
      },
      depth: {
        ...depth,
        kernel_size: [kernel_size[0]!, 1],
        stride: [stride[0]!, 1],
        padding: [padding[0]!, 0],
      },
    };
  });
}

export function overVolumeBins<Structure extends { readonly output_size: number[] }>(
  pool: LayerFunction<Structure>,
): LayerFunction<Structure> {
  return inTwo(pool, (structure) => {
    const [depths = 1, ...plane] = structure.output_size;
    return {
      planes: { ...structure, output_size: plane },
      depth: { ...structure, output_size: [depths, plane.reduce((size, length) => size * length, 1)] },
    };
  });
}

function inTwo<Structure>(
  pool: LayerFunction<Structure>,
  cut: (structure: Structure) => { readonly planes: Structure; readonly depth: Structure },
): LayerFunction<Structure> {
  return (structure, step) => {
    const { planes, depth } = cut(structure);
    const [batch, channels, deep, height, width] = step.input.shape as [
      number,
      number,
      number,
      number,
      number,
    ];
    const images = tf.reshape(step.input, [batch, channels * deep, height, width]);
    const flat = pool(planes, { ...step, input: images });
    const [rows, columns] = flat.output.shape.slice(2) as [number, number];
    const columnsOfDepth = tf.reshape(flat.output, [batch, channels, deep, rows * columns]);
    const whole = pool(depth, { ...step, input: columnsOfDepth });
    return {
      output: tf.reshape(whole.output, [batch, channels, -1, rows, columns]),
      backward(gradient) {
        const ofDepth = whole.backward(tf.reshape(gradient, whole.output.shape), true).input!;
        const ofImages = flat.backward(tf.reshape(ofDepth, flat.output.shape), true).input!;
        return { input: tf.reshape(ofImages, step.input.shape) };
      },
    };
  };
}
