import { createColumnwise } from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';

/**
 * (smallest + largest) / 2 of each coordinate, between quantiles.
 * @type {import('@synergos/fed-algorithms').AggregatorType<{ midrange_cut: number }>}
 */
const midrange = {
  name: 'midrange',
  summary: 'The middle between a low and a high quantile of each coordinate.',
  arguments: z.object({
    midrange_cut: z
      .number()
      .min(0)
      .lt(0.5)
      .default(0)
      .describe('share of the values that is left out at each end'),
  }),
  create: ({ midrange_cut }) =>
    createColumnwise((columns, _weights, out) => {
      const cut = Math.floor(midrange_cut * columns.length);
      for (let i = 0; i < out.length; i++) {
        const values = Float32Array.from(columns, (column) => column[i]).sort();
        out[i] = (values[cut] + values[values.length - 1 - cut]) / 2;
      }
    }),
  tolerates: ({ midrange_cut }, count) => Math.floor(midrange_cut * count),
};

/**
 * log(cosh(e)) of the error e: squared near 0, absolute far from it.
 * @type {import('@synergos/fed-algorithms').CriterionType}
 */
const logCosh = {
  name: 'LogCoshLoss',
  summary: 'log(cosh(e)) of the error e.',
  fits: { regress: ['scores'] },
  create: () => ({
    loss(scores, target, gradient) {
      const error = Math.abs(scores[0] - target);
      gradient[0] = Math.tanh(scores[0] - target);
      return error + Math.log1p(Math.exp(-2 * error)) - Math.LN2;
    },
  }),
};

/**
 * y = factor · x, with one trained factor for each feature.
 * @type {import('@synergos/fed-algorithms').NamedLayerType}
 */
const scale = {
  name: 'Scale',
  summary: 'Multiplies each feature by a trained factor.',
  structure: z.strictObject({ num_features: z.number().int().positive() }),
  input: 'num_features',
  keepsShape: true,
  inputShape: ({ num_features }) => [num_features],
  outputShape: (_structure, input) => input,
  parameters: ({ num_features }) => [
    { name: 'weight', shape: [num_features], trainable: true, init: { kind: 'constant', value: 1 } },
  ],
  compute: (_structure, { input, parameters: { weight } }) => ({
    output: tf.mul(input, weight),
    backward: (gradient, needsInput) => ({
      ...(needsInput && { input: tf.mul(gradient, weight) }),
      parameters: { weight: tf.sum(tf.mul(gradient, input), 0) },
    }),
  }),
};

export default { apiVersion: 1, aggregators: [midrange], criteria: [logCosh], layers: [scale] };
