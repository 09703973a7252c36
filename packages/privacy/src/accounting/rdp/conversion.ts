/** Below this order the bound is numerically unstable, and useless. */
const LEAST_ORDER = 1.01;

/** ε or δ, and the order of Rényi divergence that proves it. */
export interface Guarantee {
  readonly value: number;
  readonly order: number;
}

/**
 * Smallest ε at δ that Rényi divergences prove. Proposition 12 of Canonne, Kamath, Steinke: "The Discrete Gaussian for
 * Differential Privacy" (2020), arXiv:2004.00010v4; ε is 0 if δ ≥ √(1 − exp(−KL)) (Bretagnolle, Huber).
 */
export function epsilonOfRdp(
  orders: readonly number[],
  divergences: readonly number[],
  delta: number,
): Guarantee {
  const epsilonAt = (order: number, rdp: number) => {
    if (rdp === 0) return 0;
    if (delta === 0) return Infinity;
    if (delta ** 2 + Math.expm1(-rdp) > 0) return 0;
    if (order <= LEAST_ORDER) return Infinity;
    return Math.max(0, rdp + Math.log1p(-1 / order) - Math.log(delta * order) / (order - 1));
  };
  return smallest(orders, (order, i) => epsilonAt(order, divergences[i] ?? Infinity));
}

/** Smallest δ at ε that Rényi divergences prove. */
export function deltaOfRdp(
  orders: readonly number[],
  divergences: readonly number[],
  epsilon: number,
): Guarantee {
  const logDeltaAt = (order: number, rdp: number) => {
    if (rdp === 0) return -Infinity;
    const byDivergence = 0.5 * Math.log1p(-Math.exp(-rdp));
    if (order <= LEAST_ORDER) return byDivergence;
    return Math.min(byDivergence, (order - 1) * (rdp - epsilon + Math.log1p(-1 / order)) - Math.log(order));
  };
  const { value, order } = smallest(orders, (each, i) => logDeltaAt(each, divergences[i] ?? Infinity));
  return { value: Math.min(1, Math.exp(value)), order };
}

function smallest(orders: readonly number[], valueAt: (order: number, index: number) => number): Guarantee {
  let best: Guarantee = { value: Infinity, order: orders[0] ?? Infinity };
  for (const [i, order] of orders.entries()) {
    const value = valueAt(order, i);
    if (value < best.value) best = { value, order };
  }
  return best;
}
