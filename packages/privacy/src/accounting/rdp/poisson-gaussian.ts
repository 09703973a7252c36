import { logAdd, logErfc, logSubtract } from '../special-functions.js';

const MOST_TERMS = 1000;
/** A series ends when its terms are this far below the sum, in log space. */
const NEGLIGIBLE = 30;

/**
 * How the series of a fractional order is summed. Its terms have alternating signs at the end: `absolute` adds their
 * absolute values, an upper bound and what dp_accounting does; `signed` is exact, and what Opacus does.
 */
export type FractionalSeries = 'absolute' | 'signed';

/**
 * Rényi divergence of the Poisson-subsampled Gaussian mechanism at one order.
 *
 * Mironov, Talwar, Zhang: "Rényi Differential Privacy of the Sampled Gaussian Mechanism" (2019), arXiv:1908.10530, 3.3.
 */
export function poissonGaussianRdp(
  samplingRate: number,
  noiseMultiplier: number,
  order: number,
  series: FractionalSeries = 'absolute',
): number {
  if (samplingRate === 0) return 0;
  if (samplingRate === 1) return order / (2 * noiseMultiplier ** 2);
  const logMoment = Number.isInteger(order)
    ? integerMoment(samplingRate, noiseMultiplier, order)
    : fractionalMoment(samplingRate, noiseMultiplier, order, series);
  return logMoment / (order - 1);
}

/** log A_α for integer α: Σ C(α, i) (1 − q)^(α−i) q^i exp((i² − i) / 2σ²). */
function integerMoment(q: number, sigma: number, order: number): number {
  const [logQ, logRest] = [Math.log(q), Math.log1p(-q)];
  let logMoment = -Infinity;
  let logBinomial = 0;
  for (let i = 0; i <= order; i++) {
    const term = logBinomial + i * logQ + (order - i) * logRest + (i * i - i) / (2 * sigma ** 2);
    logMoment = logAdd(logMoment, term);
    logBinomial += Math.log(order - i) - Math.log(i + 1);
  }
  return logMoment;
}

/** log A_α for fractional α as two series; infinite if they do not converge, which excludes the order. */
function fractionalMoment(q: number, sigma: number, order: number, series: FractionalSeries): number {
  const [logQ, logRest] = [Math.log(q), Math.log1p(-q)];
  const split = sigma ** 2 * Math.log(1 / q - 1) + 0.5;
  const width = Math.SQRT2 * sigma;
  // C(α, i) is negative for every second i above α.
  let [positive, negative] = [-Infinity, -Infinity];
  let [lastBelow, lastAbove] = [-Infinity, -Infinity];
  let logBinomial = 0;
  let sign = 1;
  for (let i = 0; i < MOST_TERMS; i++) {
    const j = order - i;
    const toBelow = logBinomial + i * logQ + j * logRest + (i * i - i) / (2 * sigma ** 2);
    const toAbove = logBinomial + j * logQ + i * logRest + (j * j - j) / (2 * sigma ** 2);
    const below = toBelow - Math.LN2 + logErfc((i - split) / width);
    const above = toAbove - Math.LN2 + logErfc((split - j) / width);
    if (sign > 0) positive = logAdd(positive, logAdd(below, above));
    else negative = logAdd(negative, logAdd(below, above));
    const total = logSubtract(positive, negative);
    const falling = below < lastBelow && above < lastAbove;
    if (falling && Math.max(below, above) < total - NEGLIGIBLE) return total;
    [lastBelow, lastAbove] = [below, above];
    logBinomial += Math.log(Math.abs(j)) - Math.log(i + 1);
    if (j < 0 && series === 'signed') sign = -sign;
  }
  return Infinity;
}
