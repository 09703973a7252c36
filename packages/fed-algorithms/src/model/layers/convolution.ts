import { z } from 'zod';
import { layerType, requireRank, requireSize } from './layer-type.js';
import { extents, size, sizes, slide } from './sizes.js';

export const Conv1d = convolution(1, '[channels, length]');
export const Conv2d = convolution(2, '[channels, height, width]');
export const Conv3d = convolution(3, '[channels, depth, height, width]');

function convolution(dimensions: number, inputForm: string) {
  const structure = z
    .strictObject({
      in_channels: size,
      out_channels: size,
      kernel_size: sizes(dimensions),
      stride: sizes(dimensions).prefault(1),
      padding: z.union([z.enum(['same', 'valid']), extents(dimensions)]).prefault(0),
      dilation: sizes(dimensions).prefault(1),
      groups: size.default(1),
      bias: z.boolean().default(true),
      padding_mode: z.literal('zeros').default('zeros'),
    })
    .superRefine((layer, context) => {
      const refuse = (field: string, message: string) =>
        context.addIssue({ code: 'custom', path: [field], message });
      const strided = layer.stride.some((stride) => stride > 1);
      if (layer.in_channels % layer.groups !== 0)
        refuse('groups', `must divide in_channels ${layer.in_channels}`);
      if (layer.out_channels % layer.groups !== 0)
        refuse('groups', `must divide out_channels ${layer.out_channels}`);
      if (strided && layer.dilation.some((dilation) => dilation > 1))
        refuse('dilation', 'stride and dilation cannot both be above 1');
      if (strided && layer.padding === 'same') refuse('padding', "'same' goes with stride 1 only");
    });

  return layerType({
    structure,
    input: 'in_channels',
    outputShape(layer, input) {
      requireRank(input, { [dimensions + 1]: inputForm });
      requireSize('in_channels', input[0], layer.in_channels);
      const spatial = input.slice(1);
      if (layer.padding === 'same') return [layer.out_channels, ...spatial];
      const padding = layer.padding === 'valid' ? spatial.map(() => 0) : layer.padding;
      return [layer.out_channels, ...slide(spatial, { ...layer, kernel: layer.kernel_size, padding })];
    },
    parameters({ in_channels, out_channels, kernel_size, groups, bias }) {
      const shape = [out_channels, in_channels / groups, ...kernel_size];
      const fanIn = shape.slice(1).reduce((product, length) => product * length, 1);
      const init = { kind: 'uniform', bound: 1 / Math.sqrt(fanIn) } as const;
      const weight = { name: 'weight', shape, trainable: true, init };
      return bias ? [weight, { name: 'bias', shape: [out_channels], trainable: true, init }] : [weight];
    },
  });
}

/** Zeros put before and after each spatial dimension. */
export function convolutionPadding(layer: {
  readonly kernel_size: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: 'same' | 'valid' | readonly number[];
}): [before: number, after: number][] {
  return layer.kernel_size.map((kernel, i) => {
    if (layer.padding === 'valid') return [0, 0];
    if (layer.padding !== 'same') return [layer.padding[i]!, layer.padding[i]!];
    const total = layer.dilation[i]! * (kernel - 1);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  });
}
