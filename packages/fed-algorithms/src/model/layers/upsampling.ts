import { z } from 'zod';
import { LayerMisfit, layerType, requireRank, type Shape } from './layer-type.js';
import { size } from './sizes.js';

const factor = z.number().positive();
const interpolations = { 1: 'linear', 2: 'bilinear', 3: 'trilinear' } as const;

export const Upsample = layerType({
  structure: z
    .strictObject({
      size: z
        .union([size, z.array(size).min(1).max(3)])
        .nullable()
        .default(null),
      scale_factor: z
        .union([factor, z.array(factor).min(1).max(3)])
        .nullable()
        .default(null),
      mode: z.enum(['nearest', 'linear', 'bilinear', 'trilinear']).default('nearest'),
      align_corners: z.boolean().nullable().default(null),
      recompute_scale_factor: z.boolean().nullable().default(null),
    })
    .superRefine((layer, context) => {
      if ((layer.size === null) === (layer.scale_factor === null))
        context.addIssue({ code: 'custom', path: ['size'], message: 'give either size or scale_factor' });
      if (layer.mode === 'nearest' && layer.align_corners !== null)
        context.addIssue({
          code: 'custom',
          path: ['align_corners'],
          message: 'goes with linear, bilinear or trilinear only',
        });
    }),
  outputShape: upsampled,
});

export interface Upsampling {
  readonly size: number | readonly number[] | null;
  readonly scale_factor: number | readonly number[] | null;
  readonly mode: 'nearest' | 'linear' | 'bilinear' | 'trilinear';
}

function upsampled(layer: Upsampling, input: Shape): Shape {
  requireRank(input, {
    2: '[channels, length]',
    3: '[channels, height, width]',
    4: '[channels, depth, height, width]',
  });
  const spatial = input.slice(1);
  const expected = interpolations[spatial.length as 1 | 2 | 3];
  if (layer.mode !== 'nearest' && layer.mode !== expected)
    throw new LayerMisfit('mode', `must be nearest or ${expected} for [${input.join(', ')}]`);
  for (const field of ['size', 'scale_factor'] as const) {
    const list = layer[field];
    if (Array.isArray(list) && list.length !== spatial.length)
      throw new LayerMisfit(field, `must be one number or ${spatial.length}, got ${list.length}`);
  }
  const lengths = spatial.map((length, i) => {
    if (layer.size !== null) return of(layer.size, i);
    return Math.floor(length * of(layer.scale_factor ?? 1, i));
  });
  if (lengths.some((length) => length < 1)) throw new LayerMisfit('scale_factor', 'leaves no value');
  return [input[0]!, ...lengths];
}

function of(value: number | readonly number[], index: number): number {
  return typeof value === 'number' ? value : value[index]!;
}
