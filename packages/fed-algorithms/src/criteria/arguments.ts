import { z } from 'zod';
import { nonNegative, optional, withDefault } from '../arguments/types.js';

/** Arguments that several criteria read, by PyTorch's names. */
const weights = z.array(nonNegative).min(1).max(100_000);

export const classWeight = optional(weights, 'weight of each class, in order; null: 1');
export const outputWeight = classWeight.describe('weight of each output; null: 1');
export const pos_weight = optional(
  z.union([nonNegative.transform((value) => [value]), weights]),
  'weight of the positive rows, one number for each output; null: 1',
);
export const ignore_index = withDefault(z.number().int(), -100, 'class whose rows do not count');
export const margin = withDefault(z.number(), 1, 'margin');
