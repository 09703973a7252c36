import { z } from 'zod';
import { LayerMisfit } from './layer-type.js';

export const size = z.number().int().positive();
const extent = z.number().int().nonnegative();

/** A number, or one for each spatial dimension; always a list after parsing. */
export const sizes = (dimensions: number) => each(size, dimensions);
export const extents = (dimensions: number) => each(extent, dimensions);

function each(item: z.ZodNumber, dimensions: number) {
  return z
    .union([item, z.array(item).length(dimensions)], {
      error:
        dimensions === 1 ? 'expected a whole number' : `expected a whole number or ${dimensions} of them`,
    })
    .transform((value) =>
      typeof value === 'number' ? Array.from({ length: dimensions }, () => value) : value,
    );
}

export interface Window {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
}

/** Positions of a sliding window along each spatial dimension. */
export function slide(spatial: readonly number[], window: Window): number[] {
  return spatial.map((length, i) => {
    const reach = window.dilation[i]! * (window.kernel[i]! - 1) + 1;
    const padded = length + 2 * window.padding[i]!;
    if (reach > padded)
      throw new LayerMisfit('kernel_size', `reaches over ${reach}, the input has ${padded} with its padding`);
    return Math.floor((padded - reach) / window.stride[i]!) + 1;
  });
}

/** Values put before and after each spatial dimension, first dimension first. */
export function paddingPairs(list: readonly number[]): [before: number, after: number][] {
  return Array.from({ length: list.length / 2 }, (_, i): [number, number] => {
    const at = list.length - 2 * (i + 1);
    return [list[at]!, list[at + 1]!];
  });
}
