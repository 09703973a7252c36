import type { FoldingAggregator } from '../aggregator.js';
import { AlgorithmsError } from '../errors.js';
import { createBoundedSum } from '../fixed-point/bounded-sum.js';
import { z } from 'zod';
import { positive, withDefault } from '../arguments/types.js';
import { aggregatorType } from './aggregator-type.js';

export interface FixedPointOptions {
  /** B: values are cut to −B…B. */
  readonly bound: number;
  /** b: between lie 2^b steps, to which they are rounded. */
  readonly bits: number;
}

/** Integers up to it are exact in float64. */
const EXACT_BITS = 53;

/**
 * Σ n_k q(Δ_k) / Σ n_k, where q cuts each value to −B…B and rounds it to a multiple of 2B / 2^b. What is added are integers:
 * the same bits in any order, and one participant moves a value by 2B n_k / n at most.
 * It is how secure aggregation adds, without what makes it secure: nothing is masked, the TTP sees each update.
 * Bonawitz et al.: Practical Secure Aggregation for Privacy-Preserving Machine Learning (2017).
 * Throws `AlgorithmsError` (`impossible_setting`) if n 2^(b − 1) > 2^53: sums would no longer be exact.
 */
export function createFixedPointMean({ bound, bits }: FixedPointOptions): FoldingAggregator {
  return {
    kind: 'fold',
    begin(size) {
      const sum = createBoundedSum({ size, lower: -bound, upper: bound, bits });
      return {
        add: (piece, offset, weight) => sum.add(piece, offset, weight),
        finish(total) {
          if (total > mostExactWeight(bits))
            throw new AlgorithmsError(
              'impossible_setting',
              `exact sums need n · 2^(value_bits − 1) ≤ 2^${EXACT_BITS}: n = ${total} samples with value_bits = ${bits}; at most ${Math.floor(Math.log2(2 ** EXACT_BITS / total)) + 1}`,
            );
          return new Float32Array(sum.take(total > 0 ? 1 / total : 0));
        },
      };
    },
  };
}

/** Largest sum of samples at which values of this many bits add up exactly. */
export function mostExactWeight(bits: number): number {
  return 2 ** (EXACT_BITS - bits + 1);
}

export const fixedPoint = aggregatorType({
  name: 'fixed-point',
  summary: 'The mean of whole numbers: each value is clipped to a bound and rounded to a step.',
  paper: 'Bonawitz et al. 2017, Practical Secure Aggregation for Privacy-Preserving Machine Learning',
  arguments: z.object({
    value_bound: withDefault(positive, 1, 'values of an update are clipped to −value_bound … value_bound'),
    value_bits: withDefault(
      z.number().int().min(1).max(32),
      24,
      'bits of a value: there are 2^value_bits steps between the bounds',
    ),
  }),
  create: ({ value_bound, value_bits }) => createFixedPointMean({ bound: value_bound, bits: value_bits }),
  hasScale: true,
  isMean: true,
  mostWeight: ({ value_bits }) => mostExactWeight(value_bits),
});
