import { createCipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { discreteGaussian, discreteLaplace, exactRandom, skellam, type ExactRandom } from '../src/index.js';

const DRAWS = 20_000;
/** Quantile of the chi-square distribution with 12 degrees of freedom at 1 − 10⁻⁴. */
const CRITICAL = 39.13;
const EDGE = 6;

/** The same bytes in every run, so that the tests cannot fail by chance. */
function seeded(seed: number): ExactRandom {
  const cipher = createCipheriv('aes-256-ctr', Buffer.alloc(32, seed), Buffer.alloc(16));
  return exactRandom((size) => cipher.update(Buffer.alloc(size)));
}

/** Chi-square statistic over the 13 cells ≤ −6, −5, …, 5, ≥ 6. */
function chiSquare(draw: () => bigint, weight: (value: number) => number): number {
  const counts = new Map<number, number>();
  const cell = (value: number) => Math.max(-EDGE, Math.min(EDGE, value));
  for (let i = 0; i < DRAWS; i++) {
    const at = cell(Number(draw()));
    counts.set(at, (counts.get(at) ?? 0) + 1);
  }
  const expected = new Map<number, number>();
  let total = 0;
  for (let value = -60; value <= 60; value++) {
    total += weight(value);
    expected.set(cell(value), (expected.get(cell(value)) ?? 0) + weight(value));
  }
  return [...expected].reduce((sum, [at, mass]) => {
    const mean = (mass / total) * DRAWS;
    return sum + ((counts.get(at) ?? 0) - mean) ** 2 / mean;
  }, 0);
}

/** P(X − Y = value) for two Poisson variables of this mean, by convolution. */
function skellamWeight(mean: number) {
  const poisson = [Math.exp(-mean)];
  for (let n = 1; n < 80; n++) poisson.push((poisson[n - 1]! * mean) / n);
  return (value: number) => poisson.reduce((sum, p, n) => sum + p * (poisson[n + Math.abs(value)] ?? 0), 0);
}

describe('discrete noise', () => {
  it('follows the discrete Laplace distribution', () => {
    const random = seeded(1);
    const draw = () => discreteLaplace({ numerator: 5n, denominator: 2n }, random);
    expect(chiSquare(draw, (y) => Math.exp(-Math.abs(y) / 2.5))).toBeLessThan(CRITICAL);
  });

  it('follows the discrete Gaussian distribution', () => {
    const random = seeded(2);
    const draw = () => discreteGaussian({ numerator: 27n, denominator: 4n }, random);
    expect(chiSquare(draw, (y) => Math.exp((-y * y) / 13.5))).toBeLessThan(CRITICAL);
  });

  it('follows the Skellam distribution', () => {
    const random = seeded(3);
    const draw = () => skellam({ numerator: 13n, denominator: 2n }, random);
    expect(chiSquare(draw, skellamWeight(3.25))).toBeLessThan(CRITICAL);
  });

  it('differs from a distribution that is a little narrower', () => {
    const random = seeded(4);
    const draw = () => discreteGaussian({ numerator: 15n, denominator: 2n }, random);
    expect(chiSquare(draw, (y) => Math.exp((-y * y) / 13.5))).toBeGreaterThan(CRITICAL);
  });

  it('takes a variance far beyond float64', () => {
    const variance = { numerator: 10n ** 80n, denominator: 1n };
    const drawn = discreteGaussian(variance, seeded(5));
    expect(drawn < 10n ** 42n && drawn > -(10n ** 42n)).toBe(true);
  });

  it.each([
    { numerator: 0n, denominator: 1n },
    { numerator: -1n, denominator: 2n },
    { numerator: 1n, denominator: 0n },
  ])('rejects the parameter $numerator/$denominator', (parameter) => {
    for (const sample of [discreteLaplace, discreteGaussian, skellam])
      expect(() => sample(parameter)).toThrow(expect.objectContaining({ code: 'impossible_setting' }));
  });
});
