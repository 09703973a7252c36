import { requireSetting } from '../errors.js';
import { exactRandom, type ExactRandom, type Rational } from './exact-random.js';

/**
 * A sample of the discrete Laplace distribution, P(y) ∝ exp(−|y| / scale), without floating point.
 *
 * Canonne, Kamath, Steinke (2020), arXiv:2004.00010, algorithm 2.
 */
export function discreteLaplace(scale: Rational, random: ExactRandom = exactRandom()): bigint {
  requirePositive(scale, 'the scale');
  const { numerator, denominator } = scale;
  for (;;) {
    const rest = random.below(numerator);
    if (!random.bernoulliExp({ numerator: rest, denominator: numerator })) continue;
    let whole = 0n;
    while (random.bernoulliExp({ numerator: 1n, denominator: 1n })) whole++;
    const magnitude = (rest + numerator * whole) / denominator;
    const negative = random.below(2n) === 1n;
    // Zero would count twice.
    if (negative && magnitude === 0n) continue;
    return negative ? -magnitude : magnitude;
  }
}

/**
 * A sample of the discrete Gaussian distribution, P(y) ∝ exp(−y² / 2σ²), without floating point.
 *
 * Canonne, Kamath, Steinke (2020), arXiv:2004.00010, algorithm 3.
 */
export function discreteGaussian(variance: Rational, random: ExactRandom = exactRandom()): bigint {
  requirePositive(variance, 'the variance');
  const { numerator, denominator } = variance;
  const scale = integerRoot(numerator / denominator) + 1n;
  for (;;) {
    const candidate = discreteLaplace({ numerator: scale, denominator: 1n }, random);
    const magnitude = candidate < 0n ? -candidate : candidate;
    // (|y| − σ²/t)² / 2σ² with σ² = n/d.
    const distance = magnitude * scale * denominator - numerator;
    const exponent = {
      numerator: distance * distance,
      denominator: 2n * numerator * denominator * scale * scale,
    };
    if (random.bernoulliExp(exponent)) return candidate;
  }
}

/**
 * A sample of the symmetric Skellam distribution of this variance: the difference of two Poisson variables. Its sum over
 * participants is a Skellam variable again. The time grows with the variance.
 *
 * Agarwal, Kairouz, Liu: "The Skellam Mechanism for Differentially Private Federated Learning" (2021), arXiv:2110.04995.
 */
export function skellam(variance: Rational, random: ExactRandom = exactRandom()): bigint {
  requirePositive(variance, 'the variance');
  const mean = { numerator: variance.numerator, denominator: 2n * variance.denominator };
  return poisson(mean, random) - poisson(mean, random);
}

/** A Poisson variable as a sum of ones of mean at most 1/2. */
function poisson({ numerator, denominator }: Rational, random: ExactRandom): bigint {
  const parts = (2n * numerator) / denominator + 1n;
  const part = { numerator, denominator: denominator * parts };
  let sum = 0n;
  for (let i = 0n; i < parts; i++) sum += smallPoisson(part, random);
  return sum;
}

/** Rejection from the geometric distribution 2^−(n+1): accepts n with probability (2·mean)^n / n!. */
function smallPoisson({ numerator, denominator }: Rational, random: ExactRandom): bigint {
  for (;;) {
    let n = 0n;
    let accept = { numerator: 1n, denominator: 1n };
    while (random.below(2n) === 1n) {
      n++;
      accept = {
        numerator: accept.numerator * 2n * numerator,
        denominator: accept.denominator * denominator * n,
      };
    }
    if (random.bernoulli(accept)) return n;
  }
}

/** Floor of the square root, by Newton's method. */
function integerRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

function requirePositive({ numerator, denominator }: Rational, name: string): void {
  requireSetting(
    numerator > 0n && denominator > 0n,
    `${name} must be positive, not ${numerator}/${denominator}`,
  );
}
