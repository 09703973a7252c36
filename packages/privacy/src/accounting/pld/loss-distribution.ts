/** Probability that numerical truncation moves from finite to infinite loss, which keeps every result an upper bound. */
export const TRUNCATED_MASS = 1e-15;

/**
 * Distribution of the privacy loss log(P/Q) under P, on the multiples of an interval.
 *
 * Koskela, Jälkö, Honkela: "Computing Tight Differential Privacy Guarantees Using FFT" (2020), arXiv:1906.03049.
 */
export interface LossDistribution {
  readonly interval: number;
  /** The loss of the first probability, in intervals. */
  readonly first: number;
  readonly probabilities: Float64Array;
  /** Probability of an infinite loss. */
  readonly infinite: number;
}

/** δ at ε: Σ p·(1 − exp(ε − loss)) over the losses above ε. */
export function deltaOf(
  { interval, first, probabilities, infinite }: LossDistribution,
  epsilon: number,
): number {
  let delta = infinite;
  for (let i = probabilities.length - 1; i >= 0; i--) {
    const loss = (first + i) * interval;
    if (loss <= epsilon) break;
    delta -= probabilities[i]! * Math.expm1(epsilon - loss);
  }
  return Math.min(1, Math.max(0, delta));
}

/** Smallest ε ≥ 0 at δ; infinite if the probability of an infinite loss exceeds δ. */
export function epsilonOf(
  { interval, first, probabilities, infinite }: LossDistribution,
  delta: number,
): number {
  if (infinite > delta) return Infinity;
  // With all losses above ε taken, δ(ε) = upper − exp(ε)·lower: the first solution above the next loss is ε.
  let upper = infinite;
  let lower = 0;
  for (let i = probabilities.length - 1; i >= 0; i--) {
    const loss = (first + i) * interval;
    if (lower > 0 && upper > delta && Math.log((upper - delta) / lower) >= loss) break;
    if (loss <= 0 && upper - lower <= delta) return 0;
    upper += probabilities[i]!;
    lower += probabilities[i]! * Math.exp(-loss);
    if (lower === 0 && upper >= delta) return Math.max(0, loss);
  }
  return upper <= lower + delta ? 0 : Math.max(0, Math.log((upper - delta) / lower));
}
