import { z } from 'zod';
import { LayerMisfit, layerType, requireRank, requireSize, uniform } from './layer-type.js';
import { extents, size, sizes } from './sizes.js';

export const ConvTranspose1d = transposed(1, '[channels, length]');
export const ConvTranspose2d = transposed(2, '[channels, height, width]');

function transposed(dimensions: number, form: string) {
  const structure = z
    .strictObject({
      in_channels: size,
      out_channels: size,
      kernel_size: sizes(dimensions),
      stride: sizes(dimensions).prefault(1),
      padding: extents(dimensions).prefault(0),
      output_padding: extents(dimensions).prefault(0),
      groups: size.default(1),
      bias: z.boolean().default(true),
      dilation: sizes(dimensions).prefault(1),
      padding_mode: z.literal('zeros').default('zeros'),
    })
    .superRefine((layer, context) => {
      const refuse = (field: string, message: string) =>
        context.addIssue({ code: 'custom', path: [field], message });
      for (const field of ['in_channels', 'out_channels'] as const)
        if (layer[field] % layer.groups !== 0) refuse('groups', `must divide ${field} ${layer[field]}`);
      if (layer.stride.some((stride) => stride > 1) && layer.dilation.some((dilation) => dilation > 1))
        refuse('dilation', 'stride and dilation cannot both be above 1');
      if (layer.output_padding.some((padding, i) => padding >= layer.stride[i]!))
        refuse('output_padding', 'must be below stride');
    });

  return layerType({
    structure,
    outputShape(layer, input) {
      requireRank(input, { [dimensions + 1]: form });
      requireSize('in_channels', input[0], layer.in_channels);
      const lengths = input.slice(1).map((length, i) => {
        const reach = layer.dilation[i]! * (layer.kernel_size[i]! - 1) + 1;
        return (length - 1) * layer.stride[i]! + reach + layer.output_padding[i]! - 2 * layer.padding[i]!;
      });
      if (lengths.some((length) => length < 1))
        throw new LayerMisfit('padding', `leaves an output of [${lengths.join(', ')}]`);
      return [layer.out_channels, ...lengths];
    },
    parameters({ in_channels, out_channels, kernel_size, groups, bias }) {
      const shape = [in_channels, out_channels / groups, ...kernel_size];
      const bound = 1 / Math.sqrt(shape.slice(1).reduce((product, length) => product * length, 1));
      return [uniform('weight', shape, bound), ...(bias ? [uniform('bias', [out_channels], bound)] : [])];
    },
  });
}
