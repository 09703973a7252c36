/** Below this argument erfc is computed from the series of erf, above it from a continued fraction. */
const SERIES_LIMIT = 2;
const LOG_SQRT_PI = Math.log(Math.PI) / 2;

/** log(exp(a) + exp(b)) without overflow. */
export function logAdd(a: number, b: number): number {
  const high = Math.max(a, b);
  const low = Math.min(a, b);
  return low === -Infinity ? high : high + Math.log1p(Math.exp(low - high));
}

/** log|exp(a) − exp(b)| without overflow. */
export function logSubtract(a: number, b: number): number {
  if (a === b) return -Infinity;
  const high = Math.max(a, b);
  return high + Math.log(-Math.expm1(Math.min(a, b) - high));
}

/** Natural logarithm of the complementary error function, accurate in both tails. */
export function logErfc(x: number): number {
  if (x < 0) return x < -6 ? Math.LN2 : Math.log(1 + erfSeries(-x));
  if (x < SERIES_LIMIT) return Math.log1p(-erfSeries(x));
  return -x * x - LOG_SQRT_PI - Math.log(erfcFraction(x));
}

/** Logarithm of the cumulative distribution function of the standard normal distribution. */
export function logNormalCdf(x: number): number {
  return logErfc(-x * Math.SQRT1_2) - Math.LN2;
}

/** Maclaurin series of erf, 7.6.2 of the NIST Digital Library of Mathematical Functions; every term is positive. */
function erfSeries(x: number): number {
  if (x > 6) return 1;
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * 1e-18; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** Denominator x + (1/2)/(x + 1/(x + (3/2)/(x + …))) of erfc(x)·√π·exp(x²), 7.9.1 of the NIST library. */
function erfcFraction(x: number): number {
  let value = x;
  for (let n = 20 + Math.ceil(240 / (x * x)); n >= 1; n--) value = x + n / 2 / value;
  return value;
}
