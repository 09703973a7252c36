import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  randomBytes,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';

/** ASN.1 prefixes of raw 32-byte keys (RFC 8410). */
const PREFIXES = {
  x25519: { private: '302e020100300506032b656e04220420', public: '302a300506032b656e032100' },
  ed25519: { private: '302e020100300506032b657004220420', public: '302a300506032b6570032100' },
} as const;
type Curve = keyof typeof PREFIXES;

/** A key pair of 32 raw bytes each. */
export interface KeyPair {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** A new pair for X25519 (RFC 7748) or Ed25519 (RFC 8032), or the pair of a private key. */
export function keyPair(curve: Curve, privateKey: Uint8Array = randomBytes(32)): KeyPair {
  const spki = createPublicKey(privateObject(curve, privateKey)).export({ format: 'der', type: 'spki' });
  return { privateKey, publicKey: Uint8Array.from(spki.subarray(-32)) };
}

/** Shared secret of X25519 (RFC 7748). Throws for a public key of small order. */
export function agree(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  return diffieHellman({
    privateKey: privateObject('x25519', privateKey),
    publicKey: publicObject('x25519', publicKey),
  });
}

/** HKDF with SHA-256 (RFC 5869). */
export function derive(
  secret: Uint8Array,
  salt: Uint8Array,
  info: string | Uint8Array,
  size: number,
): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, salt, info, size));
}

/** Ed25519 signature. */
export function signBytes(privateKey: Uint8Array, bytes: Uint8Array): Uint8Array {
  return sign(null, bytes, privateObject('ed25519', privateKey));
}

export function isSigned(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  return publicKey.length === 32 && verify(null, bytes, publicObject('ed25519', publicKey), signature);
}

function privateObject(curve: Curve, raw: Uint8Array): KeyObject {
  const key = Buffer.concat([Buffer.from(PREFIXES[curve].private, 'hex'), raw]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

function publicObject(curve: Curve, raw: Uint8Array): KeyObject {
  const key = Buffer.concat([Buffer.from(PREFIXES[curve].public, 'hex'), raw]);
  return createPublicKey({ key, format: 'der', type: 'spki' });
}
