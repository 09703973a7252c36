import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import zlib from 'node:zlib';
import { SHA256_HEADER, CRC32_HEADER } from './paths.js';

/**
 * How an upload's bytes are checked. Every end knows SHA-256. CRC-32 takes less than half of its time and finds damage
 * as well; against forgery neither helps, for sender and digest come by the same line: TLS does.
 */
export const digestAlgorithms = ['crc32', 'sha256'] as const;
export type DigestAlgorithm = (typeof digestAlgorithms)[number];

const headerOf: Readonly<Record<DigestAlgorithm, string>> = { crc32: CRC32_HEADER, sha256: SHA256_HEADER };
const formOf: Readonly<Record<DigestAlgorithm, RegExp>> = {
  crc32: /^[0-9a-f]{8}$/,
  sha256: /^[0-9a-f]{64}$/,
};

export interface Digest {
  readonly algorithm: DigestAlgorithm;
  /** Hexadecimal, of full length. */
  readonly value: string;
}

/** Digests that this side can check; Node before 20.15 has no CRC-32. */
export const ownDigests: readonly DigestAlgorithm[] = digestAlgorithms.filter(
  (algorithm) => algorithm !== 'crc32' || typeof (zlib as Partial<typeof zlib>).crc32 === 'function',
);

/** The quickest that both ends know, by the TTP's capabilities. */
export function chooseDigest(capabilities: readonly string[]): DigestAlgorithm {
  return ownDigests.find((algorithm) => capabilities.includes(algorithm)) ?? 'sha256';
}

export interface RunningDigest {
  update(bytes: Uint8Array): void;
  /** Of all that came; ends it. */
  finish(): Digest;
}

export function beginDigest(algorithm: DigestAlgorithm): RunningDigest {
  if (algorithm === 'sha256') {
    const hash = createHash('sha256');
    return {
      update: (bytes) => void hash.update(bytes),
      finish: () => ({ algorithm, value: hash.digest('hex') }),
    };
  }
  let sum = 0;
  return {
    update: (bytes) => (sum = zlib.crc32(bytes, sum)),
    finish: () => ({ algorithm, value: sum.toString(16).padStart(8, '0') }),
  };
}

export function digestHeaders({ algorithm, value }: Digest): Readonly<Record<string, string>> {
  return { [headerOf[algorithm]]: value };
}

/** The digest in the headers of a message; undefined if they contain none that this side can check. */
export function digestIn(headers: IncomingHttpHeaders): Digest | undefined {
  for (const algorithm of ownDigests) {
    const value = headers[headerOf[algorithm]];
    if (typeof value === 'string' && formOf[algorithm].test(value)) return { algorithm, value };
  }
  return undefined;
}

export function sameDigest(one: Digest | undefined, other: Digest): boolean {
  return one?.algorithm === other.algorithm && one.value === other.value;
}
