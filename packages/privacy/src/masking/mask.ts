import { createCipheriv } from 'node:crypto';

/** Values that are generated at once: 256 KiB stay in the cache. */
const CHUNK = 65_536;
const zeroBytes = new Uint8Array(4 * CHUNK);

/** Adds the AES-256-CTR mask of a 32-byte seed to a vector, or subtracts it, modulo 2^32. */
export function addMask(vector: Uint32Array, seed: Uint8Array, sign: 1 | -1): void {
  // A seed is used once, so a counter that starts at zero is unique.
  const cipher = createCipheriv('aes-256-ctr', seed, new Uint8Array(16));
  for (let at = 0; at < vector.length; at += CHUNK) {
    const count = Math.min(CHUNK, vector.length - at);
    const words = wordsOf(cipher.update(zeroBytes.subarray(0, 4 * count)), count);
    if (sign === 1) for (let i = 0; i < count; i++) vector[at + i]! += words[i]!;
    else for (let i = 0; i < count; i++) vector[at + i]! -= words[i]!;
  }
}

/** Adds `piece` to `sum` from `offset` on, modulo 2^32. */
export function addWrapping(sum: Uint32Array, piece: Uint32Array, offset = 0): void {
  for (let i = 0; i < piece.length; i++) sum[offset + i]! += piece[i]!;
}

/** Reduces values modulo 2^bits, for 1 to 32 bits. A mask modulo 2^32 is one modulo 2^bits, too. */
export function reduce(vector: Uint32Array, bits: number): void {
  if (bits === 32) return;
  const mask = 2 ** bits - 1;
  for (let i = 0; i < vector.length; i++) vector[i]! &= mask;
}

function wordsOf(bytes: Buffer, count: number): Uint32Array {
  // A pooled buffer may start at any byte.
  if (bytes.byteOffset % 4 === 0) return new Uint32Array(bytes.buffer, bytes.byteOffset, count);
  return new Uint32Array(Uint8Array.from(bytes).buffer);
}
