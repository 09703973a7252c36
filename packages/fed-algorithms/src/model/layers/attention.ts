import { z } from 'zod';
import {
  constant,
  layerType,
  requireRank,
  requireSize,
  uniform,
  type ParameterSpec,
  type Shape,
} from './layer-type.js';
import { size } from './sizes.js';

const form = { 2: '[length, features]' };
const batch_first = z
  .literal(true, { error: 'samples come batch first: expected true, which is the default here' })
  .default(true);
const absent = z.null().default(null);

export const MultiheadAttention = layerType({
  structure: z
    .strictObject({
      embed_dim: size,
      num_heads: size,
      dropout: z.number().min(0).lt(1).default(0),
      bias: z.boolean().default(true),
      add_bias_kv: z.literal(false).default(false),
      add_zero_attn: z.literal(false).default(false),
      kdim: absent,
      vdim: absent,
      batch_first,
    })
    .refine(({ embed_dim, num_heads }) => embed_dim % num_heads === 0, {
      path: ['num_heads'],
      error: 'must divide embed_dim',
    }),
  keepsShape: true,
  outputShape: ({ embed_dim }, input) => attended('embed_dim', embed_dim, input),
  parameters: ({ embed_dim, bias }) => attentionParameters(embed_dim, bias),
});

export const TransformerEncoderLayer = layerType({
  structure: z
    .strictObject({
      d_model: size,
      nhead: size,
      dim_feedforward: size.default(2048),
      dropout: z.number().min(0).lt(1).default(0.1),
      activation: z.enum(['relu', 'gelu']).default('relu'),
      layer_norm_eps: z.number().positive().default(1e-5),
      batch_first,
      norm_first: z.boolean().default(false),
      bias: z.boolean().default(true),
    })
    .refine(({ d_model, nhead }) => d_model % nhead === 0, {
      path: ['nhead'],
      error: 'must divide d_model',
    }),
  keepsShape: true,
  outputShape: ({ d_model }, input) => attended('d_model', d_model, input),
  parameters({ d_model, dim_feedforward, bias }) {
    const dense = (name: string, outputs: number, inputs: number) => {
      const bound = 1 / Math.sqrt(inputs);
      const weight = uniform(`${name}.weight`, [outputs, inputs], bound);
      return bias ? [weight, uniform(`${name}.bias`, [outputs], bound)] : [weight];
    };
    const norm = (name: string) => {
      const weight = constant(`${name}.weight`, [d_model], 1);
      return bias ? [weight, constant(`${name}.bias`, [d_model], 0)] : [weight];
    };
    return [
      ...attentionParameters(d_model, bias).map((spec) => ({ ...spec, name: `self_attn.${spec.name}` })),
      ...dense('linear1', dim_feedforward, d_model),
      ...dense('linear2', d_model, dim_feedforward),
      ...norm('norm1'),
      ...norm('norm2'),
    ];
  },
});

function attended(field: string, features: number, input: Shape): Shape {
  requireRank(input, form);
  requireSize(field, input[1], features);
  return input;
}

/** xavier_uniform for the projection into queries, keys and values; that of the output is a Linear with bias 0. */
function attentionParameters(features: number, bias: boolean): ParameterSpec[] {
  const projection = uniform('in_proj_weight', [3 * features, features], Math.sqrt(6 / (4 * features)));
  const output = uniform('out_proj.weight', [features, features], 1 / Math.sqrt(features));
  if (!bias) return [projection, output];
  return [
    projection,
    constant('in_proj_bias', [3 * features], 0),
    output,
    constant('out_proj.bias', [features], 0),
  ];
}
