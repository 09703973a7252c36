import { z } from 'zod';
import { constant, LayerMisfit, layerType, requireRank, requireSize } from './layer-type.js';
import { channelNorm, channelParameters } from './normalisation.js';
import { size } from './sizes.js';

export const InstanceNorm1d = instanceNorm(2, '[channels, length]');
export const InstanceNorm2d = instanceNorm(3, '[channels, height, width]');
export const InstanceNorm3d = instanceNorm(4, '[channels, depth, height, width]');

function instanceNorm(rank: number, form: string) {
  return layerType({
    structure: z.strictObject({
      ...channelNorm,
      affine: z.boolean().default(false),
      track_running_stats: z.boolean().default(false),
    }),
    input: 'num_features',
    keepsShape: true,
    outputShape({ num_features }, input) {
      requireRank(input, { [rank]: form });
      requireSize('num_features', input[0], num_features);
      if (input.slice(1).every((length) => length === 1))
        throw new LayerMisfit('', `needs more than one value in a channel, got [${input.join(', ')}]`);
      return input;
    },
    parameters: channelParameters,
  });
}

export const GroupNorm = layerType({
  structure: z
    .strictObject({
      num_groups: size,
      num_channels: size,
      eps: z.number().positive().default(1e-5),
      affine: z.boolean().default(true),
    })
    .refine(({ num_groups, num_channels }) => num_channels % num_groups === 0, {
      path: ['num_groups'],
      error: 'must divide num_channels',
    }),
  keepsShape: true,
  outputShape({ num_channels }, input) {
    requireSize('num_channels', input[0], num_channels);
    return input;
  },
  parameters: ({ num_channels, affine }) =>
    affine ? [constant('weight', [num_channels], 1), constant('bias', [num_channels], 0)] : [],
});
