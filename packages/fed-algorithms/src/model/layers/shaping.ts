import { z } from 'zod';
import { LayerMisfit, layerType, requireRank } from './layer-type.js';
import { size } from './sizes.js';

const probability = { p: z.number().min(0).max(1).default(0.5), inplace: z.boolean().default(false) };

export const Dropout = layerType({
  structure: z.strictObject(probability),
  keepsShape: true,
  outputShape: (_layer, input) => input,
});

/** These zero whole channels. */
export const Dropout1d = channelDropout({ 2: '[channels, length]' });
export const Dropout2d = channelDropout({ 3: '[channels, height, width]' });
export const Dropout3d = channelDropout({ 4: '[channels, depth, height, width]' });

function channelDropout(form: Readonly<Record<number, string>>) {
  return layerType({
    structure: z.strictObject(probability),
    keepsShape: true,
    outputShape(_layer, input) {
      requireRank(input, form);
      return input;
    },
  });
}

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

export const Unflatten = layerType({
  structure: z.strictObject({ dim: z.number().int(), unflattened_size: z.array(size).min(1).max(5) }),
  outputShape({ dim, unflattened_size }, input) {
    const at = dim < 0 ? dim + input.length : dim - 1;
    if (at < 0 || at >= input.length)
      throw new LayerMisfit('dim', `must be in 1..${input.length}: 0 is the batch`);
    const length = unflattened_size.reduce((product, part) => product * part, 1);
    if (input[at] !== length)
      throw new LayerMisfit(
        'unflattened_size',
        `[${unflattened_size.join(', ')}] is ${length} values, the input has ${input[at]}`,
      );
    return [...input.slice(0, at), ...unflattened_size, ...input.slice(at + 1)];
  },
});
