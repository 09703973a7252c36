import { z } from 'zod';
import {
  constant,
  LayerMisfit,
  layerType,
  requireRank,
  requireSize,
  type ParameterSpec,
} from './layer-type.js';
import { size } from './sizes.js';

const channelNorm = {
  num_features: size,
  eps: z.number().positive().default(1e-5),
  momentum: z.number().min(0).max(1).default(0.1),
};

export const BatchNorm1d = batchNorm({ 1: '[features]', 2: '[channels, length]' });
export const BatchNorm2d = batchNorm({ 3: '[channels, height, width]' });

export const BatchNorm3d = batchNorm({ 4: '[channels, depth, height, width]' });

export const InstanceNorm1d = instanceNorm(2, '[channels, length]');
export const InstanceNorm2d = instanceNorm(3, '[channels, height, width]');
export const InstanceNorm3d = instanceNorm(4, '[channels, depth, height, width]');

export const LayerNorm = layerType({
  structure: z.strictObject({
    normalized_shape: z
      .union([size, z.array(size).min(1)])
      .transform((shape) => (typeof shape === 'number' ? [shape] : shape)),
    eps: z.number().positive().default(1e-5),
    elementwise_affine: z.boolean().default(true),
    bias: z.boolean().default(true),
  }),
  input: 'normalized_shape',
  keepsShape: true,
  inputShape: ({ normalized_shape }) => normalized_shape,
  outputShape({ normalized_shape }, input) {
    const last = input.slice(-normalized_shape.length);
    if (last.join() !== normalized_shape.join())
      throw new LayerMisfit(
        'normalized_shape',
        `[${normalized_shape.join(', ')}] is not how the input [${input.join(', ')}] ends`,
      );
    return input;
  },
  parameters({ normalized_shape, elementwise_affine, bias }) {
    if (!elementwise_affine) return [];
    const weight = constant('weight', normalized_shape, 1);
    return bias ? [weight, constant('bias', normalized_shape, 0)] : [weight];
  },
});

function batchNorm(ranks: Record<number, string>) {
  return layerType({
    structure: z.strictObject({
      ...channelNorm,
      affine: z.boolean().default(true),
      track_running_stats: z.boolean().default(true),
    }),
    input: 'num_features',
    keepsShape: true,
    ...(ranks[1] && { inputShape: ({ num_features }: { num_features: number }) => [num_features] }),
    outputShape({ num_features }, input) {
      requireRank(input, ranks);
      requireSize('num_features', input[0], num_features);
      return input;
    },
    parameters: (layer) => channelParameters(layer).map((parameter) => ({ ...parameter, batchNorm: true })),
  });
}

/** Scale and shift of each channel, and its running statistics, which are not trained. */
function channelParameters(layer: {
  readonly num_features: number;
  readonly affine: boolean;
  readonly track_running_stats: boolean;
}): ParameterSpec[] {
  const shape = [layer.num_features];
  return [
    ...(layer.affine ? [constant('weight', shape, 1), constant('bias', shape, 0)] : []),
    ...(layer.track_running_stats
      ? [
          constant('running_mean', shape, 0, false),
          { ...constant('running_var', shape, 1, false), nonNegative: true as const },
        ]
      : []),
  ];
}

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
