import { z } from 'zod';
import { LayerMisfit, layerType, requireRank, requireSize, type ParameterSpec } from './layer-type.js';
import { size } from './sizes.js';

export const BatchNorm1d = batchNorm({ 1: '[features]', 2: '[channels, length]' });
export const BatchNorm2d = batchNorm({ 3: '[channels, height, width]' });

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
    const weight = constant('weight', normalized_shape, 1, true);
    return bias ? [weight, constant('bias', normalized_shape, 0, true)] : [weight];
  },
});

function batchNorm(ranks: Record<number, string>) {
  return layerType({
    structure: z.strictObject({
      num_features: size,
      eps: z.number().positive().default(1e-5),
      momentum: z.number().min(0).max(1).default(0.1),
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
    parameters({ num_features, affine, track_running_stats }) {
      const shape = [num_features];
      const parameters: ParameterSpec[] = [
        ...(affine ? [constant('weight', shape, 1, true), constant('bias', shape, 0, true)] : []),
        ...(track_running_stats
          ? [
              constant('running_mean', shape, 0, false),
              { ...constant('running_var', shape, 1, false), nonNegative: true as const },
            ]
          : []),
      ];
      return parameters.map((parameter) => ({ ...parameter, batchNorm: true }));
    },
  });
}

function constant(name: string, shape: readonly number[], value: number, trainable: boolean): ParameterSpec {
  return { name, shape, trainable, init: { kind: 'constant', value } };
}
