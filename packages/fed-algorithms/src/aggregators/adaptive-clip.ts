export interface AdaptiveClip {
  /** Share of the updates whose norm is to be within the bound. */
  readonly quantile: number;
  readonly lr: number;
  /** By factors, so that it stays positive; else by differences. */
  readonly geometric: boolean;
}

/**
 * The next round's bound C, when the share b of this round's norms was within it: C · exp(−lr (b − quantile)), or
 * C − lr (b − quantile).
 * Andrew, Thakkar, McMahan & Ramaswamy: Differentially Private Learning with Adaptive Clipping (2021).
 */
export function nextClip(
  clip: number,
  norms: readonly number[],
  { quantile, lr, geometric }: AdaptiveClip,
): number {
  const within = norms.filter((norm) => norm <= clip).length / norms.length;
  const step = lr * (within - quantile);
  return geometric ? clip * Math.exp(-step) : clip - step;
}
