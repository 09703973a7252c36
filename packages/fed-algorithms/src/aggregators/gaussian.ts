import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';

/** Draws from the normal distribution of mean 0 and variance 1. */
export type Gaussian = () => number;

const BLOCK = Buffer.alloc(65_536);
/** Drawn in a few milliseconds. */
const SLICE_VALUES = 65_536;

/**
 * Uses the Box–Muller method on AES-256 in counter mode: known parts of the noise do not reveal the rest. The key comes
 * from the system's randomness; tests pass a `seed` instead.
 */
export function createGaussian(seed?: number): Gaussian {
  const key = seed === undefined ? randomBytes(32) : createHash('sha256').update(String(seed)).digest();
  const stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  let bytes = stream.update(BLOCK);
  let at = 0;
  let spare: number | undefined;

  /** From [0, 1), of 53 bits: fewer would cut the tails off. */
  function uniform(): number {
    if (at === bytes.length) [bytes, at] = [stream.update(BLOCK), 0];
    const value = (bytes.readUInt32LE(at) >>> 5) * 2 ** 26 + (bytes.readUInt32LE(at + 4) >>> 6);
    at += 8;
    return value * 2 ** -53;
  }

  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

/** vector[i] += stddev · noise(i), in place; the event loop has its turn in between. */
export async function addNoise(
  vector: Float32Array,
  stddev: number,
  noise: (index: number) => number,
): Promise<void> {
  for (let start = 0; start < vector.length; start += SLICE_VALUES) {
    const end = Math.min(vector.length, start + SLICE_VALUES);
    for (let i = start; i < end; i++) vector[i]! += stddev * noise(i);
    await setImmediate();
  }
}
