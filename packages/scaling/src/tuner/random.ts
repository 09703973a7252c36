import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A stream of numbers from [0, 1), another for every list of parts, the same on every machine. */
export function createUnitRandom(...parts: readonly (string | number)[]): () => number {
  const seed = createHash('sha256').update(JSON.stringify(parts)).digest().readInt32BE(0);
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}
