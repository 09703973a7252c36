import { logAdd } from '../special-functions.js';

/**
 * Rényi divergence of the Laplace mechanism at one order.
 *
 * Mironov: "Rényi Differential Privacy" (2017), arXiv:1702.07476, proposition 6.
 */
export function laplaceRdp(noiseMultiplier: number, order: number): number {
  const b = noiseMultiplier;
  if (order === 1) return 1 / b + Math.expm1(-1 / b);
  const high = Math.log(order / (2 * order - 1)) + (order - 1) / b;
  const low = Math.log((order - 1) / (2 * order - 1)) - order / b;
  return logAdd(high, low) / (order - 1);
}
