import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ALGORITHM = 'chacha20-poly1305';

/** Encrypts with ChaCha20-Poly1305 (RFC 8439): nonce, ciphertext, tag. `associated` is authenticated, not contained. */
export function seal(key: Uint8Array, plain: Uint8Array, associated: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associated, { plaintextLength: plain.length });
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Uint8Array.from(Buffer.concat([nonce, body, cipher.getAuthTag()]));
}

/** Decrypts the output of `seal`, or returns `undefined` if key, bytes or associated data differ. */
export function unseal(key: Uint8Array, sealed: Uint8Array, associated: Uint8Array): Uint8Array | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  const body = sealed.subarray(NONCE_BYTES, -TAG_BYTES);
  decipher.setAAD(associated, { plaintextLength: body.length });
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Uint8Array.from(Buffer.concat([decipher.update(body), decipher.final()]));
  } catch {
    return undefined;
  }
}
