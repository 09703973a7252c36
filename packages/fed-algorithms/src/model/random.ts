import { createHash } from 'node:crypto';
import { uniformFloat32 } from 'pure-rand/distribution/uniformFloat32';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A seeded stream of random numbers: the same on every machine. */
export interface Random {
  /** From [low, high), in steps of 2⁻²⁴ of the interval. */
  uniform(low: number, high: number): number;
  /** A whole number from [0, bound). */
  integer(bound: number): number;
  /** 0..count−1 in random order. */
  permutation(count: number): Uint32Array;
}

export function createRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  const integer = (bound: number) => uniformInt(generator, 0, bound - 1);
  return {
    uniform: (low, high) => low + uniformFloat32(generator) * (high - low),
    integer,
    permutation(count) {
      const order = Uint32Array.from({ length: count }, (_, index) => index);
      for (let last = count - 1; last > 0; last--) {
        const other = integer(last + 1);
        const swapped = order[last]!;
        order[last] = order[other]!;
        order[other] = swapped;
      }
      return order;
    },
  };
}

/** Derives a distinct 32-bit seed for each list of parts, e.g. `deriveSeed(seed, 'shuffle', epoch)`. */
export function deriveSeed(...parts: (string | number)[]): number {
  return createHash('sha256').update(JSON.stringify(parts)).digest().readInt32BE(0);
}
