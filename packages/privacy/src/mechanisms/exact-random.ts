import { randomBytes } from 'node:crypto';
import type { RandomBytes } from '../sharing/shamir.js';

/** A non-negative rational number. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Exact random choices from random bytes; `node:crypto` outside of tests. */
export interface ExactRandom {
  /** Uniform integer from 0 to n − 1. */
  below(n: bigint): bigint;
  /** True with a probability of at most 1. */
  bernoulli(probability: Rational): boolean;
  /** True with probability exp(−exponent). */
  bernoulliExp(exponent: Rational): boolean;
}

/**
 * Canonne, Kamath, Steinke: "The Discrete Gaussian for Differential Privacy" (2020), arXiv:2004.00010, algorithm 1 for
 * `bernoulliExp`.
 */
export function exactRandom(random: RandomBytes = randomBytes): ExactRandom {
  const below = (n: bigint): bigint => {
    const bits = n.toString(2).length;
    const size = Math.ceil(bits / 8);
    for (;;) {
      const drawn = BigInt(`0x${Buffer.from(random(size)).toString('hex')}`) >> BigInt(8 * size - bits);
      if (drawn < n) return drawn;
    }
  };
  const bernoulli = ({ numerator, denominator }: Rational) => below(denominator) < numerator;
  const bernoulliExp = ({ numerator, denominator }: Rational): boolean => {
    for (let whole = numerator / denominator; whole > 0n; whole--)
      if (!underOne({ numerator: 1n, denominator: 1n })) return false;
    return underOne({ numerator: numerator % denominator, denominator });
  };
  /** For an exponent of at most 1. */
  const underOne = ({ numerator, denominator }: Rational): boolean => {
    let k = 1n;
    while (bernoulli({ numerator, denominator: denominator * k })) k++;
    return k % 2n === 1n;
  };
  return { below, bernoulli, bernoulliExp };
}
