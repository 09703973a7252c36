import { z } from 'zod';
import { LayerMisfit, layerType, requireRank, requireSize, uniform, type Shape } from './layer-type.js';
import { size } from './sizes.js';

const form = { 2: '[length, features]' };

export const Embedding = layerType({
  structure: z
    .strictObject({
      num_embeddings: size,
      embedding_dim: size,
      padding_idx: z.number().int().nullable().default(null),
      max_norm: z.null().default(null),
      norm_type: z.number().default(2),
      scale_grad_by_freq: z.literal(false).default(false),
      sparse: z.literal(false).default(false),
    })
    .refine(
      ({ num_embeddings, padding_idx }) =>
        padding_idx === null || (padding_idx >= -num_embeddings && padding_idx < num_embeddings),
      { path: ['padding_idx'], error: 'must be below num_embeddings' },
    )
    .transform(({ padding_idx, ...layer }) => ({
      ...layer,
      padding_idx: padding_idx !== null && padding_idx < 0 ? padding_idx + layer.num_embeddings : padding_idx,
    })),
  outputShape: ({ embedding_dim }, input) => [...input, embedding_dim],
  parameters({ num_embeddings, embedding_dim, padding_idx }) {
    const zeros = [(padding_idx ?? 0) * embedding_dim, ((padding_idx ?? -1) + 1) * embedding_dim] as const;
    const init = { kind: 'normal', zeros } as const;
    return [{ name: 'weight', shape: [num_embeddings, embedding_dim], trainable: true, init }];
  },
});

const recurrent = {
  input_size: size,
  hidden_size: size,
  num_layers: size.max(100).default(1),
  bias: z.boolean().default(true),
  batch_first: z
    .literal(true, { error: 'samples come batch first: expected true, which is the default here' })
    .default(true),
  dropout: z.number().min(0).max(1).default(0),
  bidirectional: z.boolean().default(false),
};

interface Recurrent {
  readonly input_size: number;
  readonly hidden_size: number;
  readonly num_layers: number;
  readonly bias: boolean;
  readonly bidirectional: boolean;
}

export const RNN = layerType({
  structure: z.strictObject({ ...recurrent, nonlinearity: z.enum(['tanh', 'relu']).default('tanh') }),
  outputShape: sequenceShape,
  parameters: (layer) => recurrentParameters(layer, 1),
});

export const LSTM = layerType({
  structure: z.strictObject({ ...recurrent, proj_size: z.literal(0).default(0) }),
  outputShape: sequenceShape,
  parameters: (layer) => recurrentParameters(layer, 4),
});

export const GRU = layerType({
  structure: z.strictObject(recurrent),
  outputShape: sequenceShape,
  parameters: (layer) => recurrentParameters(layer, 3),
});

function sequenceShape(layer: Recurrent, input: Shape): Shape {
  requireRank(input, form);
  requireSize('input_size', input[1], layer.input_size);
  return [input[0]!, layer.hidden_size * (layer.bidirectional ? 2 : 1)];
}

function recurrentParameters({ input_size, hidden_size, ...layer }: Recurrent, gates: number) {
  const rows = gates * hidden_size;
  const bound = 1 / Math.sqrt(hidden_size);
  const directions = layer.bidirectional ? ['', '_reverse'] : [''];
  return Array.from({ length: layer.num_layers }, (_, index) => {
    const inputs = index === 0 ? input_size : hidden_size * directions.length;
    return directions.flatMap((direction) => {
      const suffix = `l${index}${direction}`;
      const weights = [
        uniform(`weight_ih_${suffix}`, [rows, inputs], bound),
        uniform(`weight_hh_${suffix}`, [rows, hidden_size], bound),
      ];
      const biases = [`bias_ih_${suffix}`, `bias_hh_${suffix}`].map((name) => uniform(name, [rows], bound));
      return layer.bias ? [...weights, ...biases] : weights;
    });
  }).flat();
}

/** The last step of a sequence; of a bidirectional one, the last step of each direction. Not a class of `torch.nn`. */
export const LastStep = layerType({
  structure: z.strictObject({ bidirectional: z.boolean().default(false) }),
  outputShape({ bidirectional }, input) {
    requireRank(input, form);
    if (bidirectional && input[1]! % 2 !== 0)
      throw new LayerMisfit('bidirectional', `halves the features, of which there are ${input[1]}`);
    return [input[1]!];
  },
});

/** The mean of a sequence over its steps. Not a class of `torch.nn`. */
export const MeanOverSteps = layerType({
  structure: z.strictObject({}),
  outputShape(_layer, input) {
    requireRank(input, form);
    return [input[1]!];
  },
});
