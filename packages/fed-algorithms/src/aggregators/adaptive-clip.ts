import { AlgorithmsError } from '../errors.js';

export interface AdaptiveClip {
  /** Share of the updates whose norm is to be within the bound. */
  readonly quantile: number;
  readonly lr: number;
  /** By factors, so that it stays positive; else by differences. */
  readonly geometric: boolean;
}

/**
 * The next round's bound C, when the share b of this round's norms was within it: C · exp(−lr (b − quantile)), or
 * C − lr (b − quantile). `noise` is added to their number.
 * Andrew, Thakkar, McMahan & Ramaswamy: Differentially Private Learning with Adaptive Clipping (2021).
 */
export function nextClip(
  clip: number,
  norms: readonly number[],
  { quantile, lr, geometric }: AdaptiveClip,
  noise = 0,
): number {
  const within = (norms.filter((norm) => norm <= clip).length + noise) / norms.length;
  const step = lr * (within - quantile);
  return geometric ? clip * Math.exp(-step) : clip - step;
}

/**
 * How the noise of a multiplier z is shared out between the values, z_Δ = (z⁻² − (2σ_b)⁻²)^−½, and the count of the norms
 * within the bound, σ_b: together they reveal as much as z on the values alone. σ_b: n / 20 unless given.
 * From the same paper, theorem 1.
 * Throws `AlgorithmsError` (`impossible_setting`) if z ≥ 2σ_b.
 */
export function splitNoise(
  multiplier: number,
  count: number,
  countStddev: number | null,
): { readonly values: number; readonly count: number } {
  if (multiplier === 0) return { values: 0, count: 0 };
  const stddev = countStddev ?? count / 20;
  if (multiplier >= 2 * stddev)
    throw new AlgorithmsError(
      'impossible_setting',
      `an adaptive bound needs noise_multiplier < 2 · noise_count_stddev: got ${multiplier}, and ${stddev} of n = ${count} updates`,
    );
  return { values: (multiplier ** -2 - (2 * stddev) ** -2) ** -0.5, count: stddev };
}
