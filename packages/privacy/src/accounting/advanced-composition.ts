import { requireSetting } from '../errors.js';

/**
 * Smallest total ε of `count` adaptive (ε, δ) mechanisms at `totalDelta`, or `undefined` if no ε reaches it.
 *
 * Kairouz, Oh, Viswanath: "The Composition Theorem for Differential Privacy" (2015), arXiv:1311.0776, theorem 3.3.
 */
export function advancedComposition(
  { epsilon, delta }: { readonly epsilon: number; readonly delta: number },
  count: number,
  totalDelta: number,
): number | undefined {
  requireSetting(epsilon >= 0, `epsilon must be at least 0, not ${epsilon}`);
  const normalise = count * Math.log1p(Math.exp(epsilon));
  for (let i = Math.floor(count / 2); i >= 0; i--) {
    let excess = 0;
    let logBinomial = 0;
    for (let l = 0; l < i; l++) {
      const most = logBinomial - normalise + epsilon * (count - l);
      excess += Math.exp(most) * -Math.expm1(epsilon * (2 * l - 2 * i));
      logBinomial += Math.log(count - l) - Math.log(l + 1);
    }
    if (1 - (1 - delta) ** count * (1 - excess) <= totalDelta) return epsilon * (count - 2 * i);
  }
  return undefined;
}
