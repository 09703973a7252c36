import { z } from 'zod';
import { LayerMisfit, layerType, requireRank } from './layer-type.js';

const probability = { p: z.number().min(0).max(1).default(0.5), inplace: z.boolean().default(false) };

export const Dropout = layerType({
  structure: z.strictObject(probability),
  keepsShape: true,
  outputShape: (_layer, input) => input,
});

export const Dropout2d = layerType({
  structure: z.strictObject(probability),
  keepsShape: true,
  outputShape(_layer, input) {
    requireRank(input, { 3: '[channels, height, width]' });
    return input;
  },
});

export const Identity = layerType({
  structure: z.object({}),
  keepsShape: true,
  outputShape: (_layer, input) => input,
});

export const Flatten = layerType({
  structure: z.strictObject({
    start_dim: z.number().int().default(1),
    end_dim: z.number().int().default(-1),
  }),
  outputShape({ start_dim, end_dim }, input) {
    const rank = input.length + 1;
    const start = start_dim < 0 ? start_dim + rank : start_dim;
    const end = end_dim < 0 ? end_dim + rank : end_dim;
    if (start < 1 || start >= rank)
      throw new LayerMisfit('start_dim', `must lie in 1..${rank - 1}: 0 is the batch`);
    if (end < start || end >= rank) throw new LayerMisfit('end_dim', `must lie in ${start}..${rank - 1}`);
    const flat = input.slice(start - 1, end).reduce((product, length) => product * length, 1);
    return [...input.slice(0, start - 1), flat, ...input.slice(end)];
  },
});
