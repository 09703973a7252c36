import { logAdd, logSubtract } from '../special-functions.js';

/** Above this order the tight bound needs too many differences; the simple one replaces it. */
const MOST_DIFFERENCES = 256;

/**
 * Rényi divergence of the Gaussian mechanism on a sample of fixed size without replacement, for neighbouring data sets
 * that differ by one replaced record.
 *
 * Wang, Balle, Kasiviswanathan: "Subsampled Rényi Differential Privacy and Analytical Moments Accountant" (2019),
 * arXiv:1808.00087, theorem 27, and corollary 10 for fractional orders.
 */
export function fixedSizeGaussianRdp(samplingRate: number, noiseMultiplier: number, order: number): number {
  if (samplingRate === 0) return 0;
  if (samplingRate === 1) return order / (2 * noiseMultiplier ** 2);
  const below = Math.floor(order);
  const low = integerMoment(samplingRate, noiseMultiplier, below);
  if (below === order) return low / (order - 1);
  const high = integerMoment(samplingRate, noiseMultiplier, below + 1);
  const share = order - below;
  return ((1 - share) * low + share * high) / (order - 1);
}

function integerMoment(q: number, sigma: number, order: number): number {
  if (order === 1) return 0;
  /** Cumulant generating function of the Gaussian mechanism. */
  const cumulant = (x: number) => (x * (x + 1)) / (2 * sigma ** 2);
  const logQ = Math.log(q);
  const ofTwo = 1 / sigma ** 2;
  const differences = order <= MOST_DIFFERENCES ? forwardDifferences(cumulant, order) : undefined;
  let logMoment = 0;
  let logBinomial = Math.log(order);
  for (let i = 2; i <= order; i++) {
    logBinomial += Math.log(order - i + 1) - Math.log(i);
    let bound: number;
    if (i === 2) bound = Math.min(Math.log(4) + ofTwo + Math.log(-Math.expm1(-ofTwo)), ofTwo + Math.LN2);
    else {
      bound = Math.LN2 + cumulant(i - 1);
      if (differences !== undefined) {
        const low = differences[2 * Math.floor(i / 2) - 1] ?? Infinity;
        const high = differences[2 * Math.ceil(i / 2) - 1] ?? Infinity;
        bound = Math.min(bound, Math.log(4) + (low + high) / 2);
      }
    }
    logMoment = logAdd(logMoment, bound + i * logQ + logBinomial);
  }
  return logMoment;
}

/**
 * Logarithms of the absolute forward differences of exp(f) at 0, of the orders 1 to n + 2 (the first of them, order 1,
 * at index 0), where f is taken at −1, 0, 1, … as in the theorem's proof.
 */
function forwardDifferences(f: (x: number) => number, n: number): readonly number[] {
  const values = Array.from({ length: n + 3 }, (_, i) => (i === 0 ? 0 : f(i - 1)));
  const positive = values.map(() => true);
  const differences: number[] = [];
  for (let order = 0; order < n + 2; order++) {
    for (let j = 0; j < n + 2 - order; j++) {
      const [here, next] = [values[j] ?? 0, values[j + 1] ?? 0];
      const nextPositive = positive[j + 1] ?? true;
      if (positive[j] === nextPositive) {
        positive[j] = next >= here === nextPositive;
        values[j] = logSubtract(next, here);
      } else {
        values[j] = logAdd(here, next);
        positive[j] = nextPositive;
      }
    }
    differences.push(values[0] ?? 0);
  }
  return differences;
}
