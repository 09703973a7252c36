import { createUnitRandom } from '../random.js';
import type { Searcher } from '../searcher.js';
import { dimensionsOf } from '../space/dimension.js';
import { exhaustivePoint, searchedOf } from './exhaustive.js';
import { pointAt } from './point-at.js';

/** Digits below this share do not change a run. */
const FINEST = 2 ** -40;

/**
 * Quasi-random search: a Halton sequence whose digits are permuted at random (Owen, "A randomized Halton algorithm in
 * R", 2017). Trials spread evenly over the space, however many there will be.
 */
export const halton: Searcher = {
  name: 'halton',
  suggest({ space, seed, trials }) {
    const number = trials.length + 1;
    const dimensions = dimensionsOf(space);
    const searched = searchedOf(dimensions);
    const bases = firstPrimes(searched.length);
    return {
      ...exhaustivePoint(dimensions, number),
      ...pointAt(searched, (at) =>
        haltonUnit(number - 1, bases[at] ?? 2, (digit) => ['halton', seed, at, digit]),
      ),
    };
  },
};

/** One coordinate, from [0, 1), of the point at an index. `seedOf` names each digit's permutation. */
function haltonUnit(
  index: number,
  base: number,
  seedOf: (digit: number) => readonly (string | number)[],
): number {
  let unit = 0;
  let rest = index;
  for (let digit = 0, share = 1 / base; share > FINEST; digit++, share /= base) {
    unit += permutation(base, seedOf(digit))[rest % base]! * share;
    rest = Math.floor(rest / base);
  }
  return Math.min(unit, 1 - FINEST);
}

function permutation(count: number, seed: readonly (string | number)[]): readonly number[] {
  const random = createUnitRandom(...seed);
  const order = Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}

function firstPrimes(count: number): readonly number[] {
  const primes: number[] = [];
  for (let next = 2; primes.length < count; next++)
    if (primes.every((prime) => next % prime !== 0)) primes.push(next);
  return primes;
}
