import { createCipheriv } from 'node:crypto';

/** Values that are generated at once: 64 KiB stay in the cache. */
const CHUNK = 16_384;
const zeroBytes = new Uint8Array(4 * CHUNK);

/** Adds the AES-256-CTR mask of a 32-byte seed to a vector, or subtracts it, modulo 2^32. */
export function addMask(vector: Uint32Array, seed: Uint8Array, sign: 1 | -1): void {
  // A seed is used once, so a counter that starts at zero is unique.
  const cipher = createCipheriv('aes-256-ctr', seed, new Uint8Array(16));
  const sum = signed(vector);
  for (let at = 0; at < sum.length; at += CHUNK) {
    const count = Math.min(CHUNK, sum.length - at);
    const words = wordsOf(cipher.update(zeroBytes.subarray(0, 4 * count)), count);
    if (sign === 1) for (let i = 0; i < count; i++) sum[at + i] = (sum[at + i]! + words[i]!) | 0;
    else for (let i = 0; i < count; i++) sum[at + i] = (sum[at + i]! - words[i]!) | 0;
  }
}

/** Adds `piece` to `sum` from `offset` on, modulo 2^32. */
export function addWrapping(sum: Uint32Array, piece: Uint32Array, offset = 0): void {
  const [to, from] = [signed(sum), signed(piece)];
  for (let i = 0; i < from.length; i++) to[offset + i] = (to[offset + i]! + from[i]!) | 0;
}

/** The same memory as signed integers, whose sums the engine computes without floating point. */
function signed({ buffer, byteOffset, length }: Uint32Array): Int32Array {
  return new Int32Array(buffer, byteOffset, length);
}

/** Reduces values modulo 2^bits, for 1 to 32 bits. A mask modulo 2^32 is one modulo 2^bits, too. */
export function reduce(vector: Uint32Array, bits: number): void {
  if (bits === 32) return;
  const mask = 2 ** bits - 1;
  for (let i = 0; i < vector.length; i++) vector[i]! &= mask;
}

function wordsOf(bytes: Buffer, count: number): Int32Array {
  // A pooled buffer may start at any byte.
  if (bytes.byteOffset % 4 === 0) return new Int32Array(bytes.buffer, bytes.byteOffset, count);
  return new Int32Array(Uint8Array.from(bytes).buffer);
}
