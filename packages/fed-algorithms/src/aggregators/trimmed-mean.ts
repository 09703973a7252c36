import type { CollectingAggregator } from '../aggregator.js';
import { createColumnwise } from './columnwise.js';

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
