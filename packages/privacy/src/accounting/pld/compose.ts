import { ImpossibleSetting } from '../../errors.js';
import { inverseTransform, multiplyByPower, transform, zeros } from '../fft.js';
import { TRUNCATED_MASS, type LossDistribution } from './loss-distribution.js';

/** A loss distribution that is composed with itself `count` times. */
export interface Repeated {
  readonly distribution: LossDistribution;
  readonly count: number;
}

/** Largest transform, 16 MiB for each complex vector. */
export const MOST_LOSSES = 2 ** 20;

/** Range of indices outside of which the composed distribution has at most `TRUNCATED_MASS`. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/**
 * Composition by one Fourier transform for each distribution. The range is a Chernoff bound; what lies outside wraps
 * around, and its probability is added to that of an infinite loss.
 */
export function compose(parts: readonly Repeated[], range = rangeOf(parts)): LossDistribution {
  const interval = parts[0]?.distribution.interval;
  if (interval === undefined) throw new ImpossibleSetting('there is no loss distribution to compose');
  const size = sizeFor(parts, range);
  if (size > MOST_LOSSES)
    throw new ImpossibleSetting(`${size} losses; at most ${MOST_LOSSES} are composed, use a longer interval`);
  const product = zeros(size);
  product.re.fill(1);
  for (const { distribution, count } of parts) {
    const factor = zeros(size);
    factor.re.set(distribution.probabilities);
    transform(factor);
    multiplyByPower(product, factor, count);
  }
  inverseTransform(product);
  const start = parts.reduce((sum, { distribution, count }) => sum + distribution.first * count, 0);
  const probabilities = new Float64Array(range.last - range.first + 1);
  for (let i = 0; i < probabilities.length; i++) {
    const at = (((range.first - start + i) % size) + size) % size;
    probabilities[i] = Math.max(0, product.re[at]!);
  }
  const finite = parts.reduce(
    (sum, { distribution, count }) => sum + count * Math.log1p(-distribution.infinite),
    0,
  );
  const truncated = isWhole(parts, range) ? 0 : TRUNCATED_MASS;
  return { interval, first: range.first, probabilities, infinite: truncated - Math.expm1(finite) };
}

export function sizeFor(parts: readonly Repeated[], range: Range): number {
  const longest = Math.max(...parts.map(({ distribution }) => distribution.probabilities.length));
  return 2 ** Math.ceil(Math.log2(Math.max(longest, range.last - range.first + 1)));
}

function wholeRange(parts: readonly Repeated[]): Range {
  const first = parts.reduce((sum, { distribution, count }) => sum + distribution.first * count, 0);
  const length = parts.reduce(
    (sum, { distribution, count }) => sum + (distribution.probabilities.length - 1) * count,
    0,
  );
  return { first, last: first + length };
}

function isWhole(parts: readonly Repeated[], range: Range): boolean {
  const whole = wholeRange(parts);
  return range.first === whole.first && range.last === whole.last;
}

/** Chernoff bounds of both tails, each for half of `TRUNCATED_MASS`, over a grid of exponents. */
export function rangeOf(parts: readonly Repeated[]): Range {
  let { first, last } = wholeRange(parts);
  const interval = parts[0]?.distribution.interval ?? 1;
  const tail = Math.log(2 / TRUNCATED_MASS);
  // The best exponent is about √(2·tail / variance).
  const variance = parts.reduce((sum, { distribution, count }) => sum + count * varianceOf(distribution), 0);
  const scale = Math.sqrt((2 * tail) / Math.max(variance, Number.MIN_VALUE));
  for (const share of [0.125, 0.25, 0.5, 0.7, 0.85, 1, 1.2, 1.5]) {
    for (const exponent of [share * scale, -share * scale]) {
      const logMoment = parts.reduce(
        (sum, { distribution, count }) => sum + count * logMomentOf(distribution, exponent),
        0,
      );
      const bound = (logMoment + tail) / exponent / interval;
      if (!Number.isFinite(bound)) continue;
      if (exponent > 0) last = Math.min(last, Math.ceil(bound));
      else first = Math.max(first, Math.floor(bound));
    }
  }
  return { first, last: Math.max(first, last) };
}

function varianceOf({ probabilities, first, interval }: LossDistribution): number {
  let [mean, square] = [0, 0];
  for (let i = 0; i < probabilities.length; i++) mean += probabilities[i]! * (first + i) * interval;
  for (let i = 0; i < probabilities.length; i++)
    square += probabilities[i]! * ((first + i) * interval - mean) ** 2;
  return square;
}

/** log E exp(exponent · loss) over the finite losses. */
function logMomentOf({ probabilities, first, interval }: LossDistribution, exponent: number): number {
  // From the end with the largest factor, so that the factors fall from 1.
  const { length } = probabilities;
  const ratio = Math.exp(-Math.abs(exponent) * interval);
  let [sum, factor] = [0, 1];
  for (let i = 0; i < length; i++, factor *= ratio)
    sum += factor * probabilities[exponent > 0 ? length - 1 - i : i]!;
  return Math.log(sum) + exponent * interval * (exponent > 0 ? first + length - 1 : first);
}
