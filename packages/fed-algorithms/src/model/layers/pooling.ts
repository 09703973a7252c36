import { z } from 'zod';
import { layerType, requireRank } from './layer-type.js';
import { extents, sizes, slide, type Window } from './sizes.js';

type Dimensions = 1 | 2 | 3;

const forms = {
  1: { 2: '[channels, length]' },
  2: { 3: '[channels, height, width]' },
  3: { 4: '[channels, depth, height, width]' },
} as const;

export const MaxPool1d = maxPool(1);
export const MaxPool2d = maxPool(2);
export const MaxPool3d = maxPool(3);
export const AvgPool1d = averagePool(1);
export const AvgPool2d = averagePool(2);

export const AvgPool3d = averagePool(3);
export const AdaptiveAvgPool1d = adaptivePool(1);
export const AdaptiveAvgPool2d = adaptivePool(2);
export const AdaptiveAvgPool3d = adaptivePool(3);
export const AdaptiveMaxPool1d = adaptiveMaxPool(1);
export const AdaptiveMaxPool2d = adaptiveMaxPool(2);
export const AdaptiveMaxPool3d = adaptiveMaxPool(3);

function adaptivePool(dimensions: Dimensions) {
  return layerType({
    structure: z.strictObject({ output_size: sizes(dimensions) }),
    outputShape: ({ output_size }, input) => binned(dimensions, output_size, input),
  });
}

function adaptiveMaxPool(dimensions: Dimensions) {
  return layerType({
    structure: z.strictObject({
      output_size: sizes(dimensions),
      return_indices: z.literal(false).default(false),
    }),
    outputShape: ({ output_size }, input) => binned(dimensions, output_size, input),
  });
}

function binned(dimensions: Dimensions, output_size: number[], input: readonly number[]): number[] {
  requireRank(input, forms[dimensions]);
  return [input[0]!, ...output_size];
}

function maxPool(dimensions: Dimensions) {
  const structure = z
    .strictObject({
      ...window(dimensions),
      dilation: sizes(dimensions).prefault(1),
      return_indices: z.literal(false).default(false),
    })
    .superRefine((layer, context) => {
      refuseWidePadding(layer, context);
      if (layer.dilation.some((dilation) => dilation > 1))
        context.addIssue({ code: 'custom', path: ['dilation'], message: 'pooling takes dilation 1 only' });
    })
    .transform(strideOfKernel);
  return layerType({
    structure,
    outputShape: (layer, input) => pooled(dimensions, layer, layer.dilation, input),
  });
}

function averagePool(dimensions: Dimensions) {
  const structure = z
    .strictObject({
      ...window(dimensions),
      count_include_pad: z.boolean().default(true),
      divisor_override: z.number().positive().nullable().default(null),
    })
    .superRefine(refuseWidePadding)
    .transform(strideOfKernel);
  return layerType({
    structure,
    outputShape: (layer, input) =>
      pooled(
        dimensions,
        layer,
        layer.kernel_size.map(() => 1),
        input,
      ),
  });
}

function window(dimensions: number) {
  return {
    kernel_size: sizes(dimensions),
    stride: sizes(dimensions).nullable().default(null),
    padding: extents(dimensions).prefault(0),
    ceil_mode: z.literal(false).default(false),
  };
}

/** PyTorch's default stride is the kernel's size. */
function strideOfKernel<T extends { kernel_size: number[]; stride: number[] | null }>(layer: T) {
  return { ...layer, stride: layer.stride ?? layer.kernel_size };
}

function refuseWidePadding(
  layer: { kernel_size: number[]; padding: number[] },
  context: z.core.$RefinementCtx,
): void {
  if (layer.padding.some((padding, i) => padding > layer.kernel_size[i]! / 2))
    context.addIssue({ code: 'custom', path: ['padding'], message: 'at most half of kernel_size' });
}

function pooled(
  dimensions: Dimensions,
  layer: { kernel_size: number[]; stride: number[]; padding: number[] },
  dilation: number[],
  input: readonly number[],
): number[] {
  requireRank(input, forms[dimensions]);
  const slid: Window = { kernel: layer.kernel_size, stride: layer.stride, padding: layer.padding, dilation };
  return [input[0]!, ...slide(input.slice(1), slid)];
}
