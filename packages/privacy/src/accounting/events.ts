import { z } from 'zod';

/** Number of times that an event happens. */
const count = z.int().min(0).max(1_000_000_000).default(1);
/** Standard deviation (Gaussian) or scale (Laplace) of the noise, divided by the sensitivity of the query. */
const noiseMultiplier = z.number().positive().finite();
/** Probability that Poisson sampling takes a given record, or the share of the records in a sample of fixed size. */
const samplingRate = z.number().min(0).max(1);

/**
 * An access to private data, as an accountant sees it.
 *
 * Neighbouring data sets differ by one added or removed record. `fixed-size-gaussian` is the exception: samples of fixed
 * size need a known number of records, so its neighbours differ by one replaced record, and its `noiseMultiplier` refers
 * to the sensitivity under replacement (twice the clipping bound for a sum of clipped vectors).
 */
export const privacyEventSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('gaussian'), noiseMultiplier, count }),
  z.strictObject({ kind: z.literal('laplace'), noiseMultiplier, count }),
  z.strictObject({ kind: z.literal('poisson-gaussian'), samplingRate, noiseMultiplier, count }),
  z.strictObject({ kind: z.literal('poisson-laplace'), samplingRate, noiseMultiplier, count }),
  z.strictObject({ kind: z.literal('fixed-size-gaussian'), samplingRate, noiseMultiplier, count }),
  /** DP-FTRL's tree over `steps` rounds, restarted `count` times; a record takes part once in all trees together. */
  z.strictObject({ kind: z.literal('tree'), steps: z.int().min(1), noiseMultiplier, count }),
  /** Exponential mechanism, bounded range `epsilon`. */
  z.strictObject({ kind: z.literal('exponential'), epsilon: z.number().min(0).finite(), count }),
]);

export type PrivacyEvent = z.output<typeof privacyEventSchema>;
export type PrivacyEventKind = PrivacyEvent['kind'];
