import type { CollectingAggregator } from '../aggregator.js';
import { createColumnwise } from './columnwise.js';
import { z } from 'zod';
import { withDefault } from '../arguments/types.js';
import { refuse } from '../errors.js';
import { aggregatorType } from './aggregator-type.js';

/** Fewest updates of which one can be cut at each end. */
const FEWEST = 3;

/**
 * Coordinate-wise: the mean of the values that are left without the ⌊trim · n⌋ largest and as many smallest, at least one at
 * each end of three updates or more. Weights do not matter.
 * Yin, Chen, Ramchandran & Bartlett: Byzantine-Robust Distributed Learning (2018).
 */
export function createTrimmedMean({ trim }: { readonly trim: number }): CollectingAggregator {
  return createColumnwise((columns, _weights, out, kernels) =>
    kernels.trimmedMean(columns, trimmedAtEachEnd(trim, columns.length), out),
  );
}

/** How many of `count` values are cut at each end. */
export function trimmedAtEachEnd(trim: number, count: number): number {
  if (trim === 0 || count < FEWEST) return 0;
  // A share such as 0.3 of 10 is three, whatever its float64 says.
  return Math.max(1, Math.floor(trim * count + 1e-9));
}

export const trimmedMean = aggregatorType({
  name: 'trimmed-mean',
  summary: 'The mean of each coordinate without the largest and the smallest values.',
  paper: 'Yin et al. 2018, Byzantine-Robust Distributed Learning: Towards Optimal Statistical Rates',
  arguments: z.object({
    trim: withDefault(
      z
        .number()
        .min(0)
        .refine((trim) => trim < 0.5, { error: 'expected trim < 0.5: as much is cut at each end' }),
      0.1,
      'share of the values that is cut at each end, below 0.5; of three updates or more at least one value',
    ),
  }),
  create: createTrimmedMean,
  check({ trim }) {
    if (trim === 0)
      refuse('trim', 'trimmed-mean with trim 0 cuts nothing: expected 0 < trim < 0.5, or aggregator mean');
  },
  tolerates: ({ trim }, count) => trimmedAtEachEnd(trim, count),
});
