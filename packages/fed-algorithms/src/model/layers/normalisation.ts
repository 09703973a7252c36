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

export const channelNorm = {
  num_features: size,
  eps: z.number().positive().default(1e-5),
  momentum: z.number().min(0).max(1).default(0.1),
};

export const BatchNorm1d = batchNorm({ 1: '[features]', 2: '[channels, length]' });
export const BatchNorm2d = batchNorm({ 3: '[channels, height, width]' });

export const BatchNorm3d = batchNorm({ 4: '[channels, depth, height, width]' });

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
export function channelParameters(layer: {
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
