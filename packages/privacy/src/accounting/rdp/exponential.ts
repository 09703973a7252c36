/**
 * Upper bound of the Rényi divergence of the exponential mechanism of bounded range ε, at one order: min(α·ρ, ε), where
 * ρ is the largest Kullback–Leibler divergence.
 *
 * Dong, Durfee, Rogers: "Optimal Differential Privacy Composition for Exponential Mechanisms" (2020), arXiv:1909.13830.
 */
export function exponentialRdp(epsilon: number, order: number): number {
  if (epsilon === 0) return 0;
  const ratio = epsilon / Math.expm1(epsilon);
  return Math.min(epsilon, order * (ratio - 1 - Math.log(ratio)));
}
