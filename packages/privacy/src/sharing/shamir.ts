import { randomBytes } from 'node:crypto';
import { requireSetting } from '../errors.js';
import {
  add,
  ELEMENT_BYTES,
  elementOf,
  invert,
  multiply,
  ONE,
  smallElement,
  writeElement,
  ZERO,
  type Element,
} from './field.js';

/** One share of a secret. */
export interface Share {
  /** Where the polynomial was evaluated; at least 1. */
  readonly index: number;
  /** As long as the secret. */
  readonly bytes: Uint8Array;
}

/** Most shares of one secret. */
export const MOST_SHARES = 65_535;

/** Source of random bytes; `node:crypto` outside of tests. */
export type RandomBytes = (size: number) => Uint8Array;

/**
 * Splits a secret of whole 16-byte blocks into `count` shares, any `threshold` of which restore it; fewer reveal nothing.
 *
 * Shamir: "How to Share a Secret" (1979), over GF(2^128) with x^128 + x^7 + x^2 + x + 1, each block separately.
 */
export function splitSecret(
  secret: Uint8Array,
  threshold: number,
  count: number,
  random: RandomBytes = randomBytes,
): readonly Share[] {
  requireBlocks(secret);
  requireSetting(
    Number.isInteger(count) && count >= 1 && count <= MOST_SHARES,
    `the number of shares must be an integer from 1 to ${MOST_SHARES}, not ${count}`,
  );
  requireSetting(
    Number.isInteger(threshold) && threshold >= 1 && threshold <= count,
    `threshold must be an integer from 1 to the number of shares, ${count}, not ${threshold}`,
  );
  const shares = Array.from({ length: count }, (_, i) => ({
    index: i + 1,
    bytes: new Uint8Array(secret.length),
  }));
  for (let offset = 0; offset < secret.length; offset += ELEMENT_BYTES) {
    const higher = Array.from({ length: threshold - 1 }, () => elementOf(random(ELEMENT_BYTES)));
    const coefficients = [...higher, elementOf(secret, offset)];
    for (const { index, bytes } of shares)
      writeElement(evaluate(coefficients, smallElement(index)), bytes, offset);
  }
  return shares;
}

/** Value of the polynomial with these coefficients, the highest first. */
export function evaluate(coefficients: readonly Element[], at: Element): Element {
  return coefficients.reduce((sum, coefficient) => add(multiply(sum, at), coefficient), ZERO);
}

/** The secret of at least `threshold` shares. Fewer, or damaged ones, give a wrong secret. */
export function combineShares(shares: readonly Share[]): Uint8Array {
  const first = shares[0];
  requireSetting(first !== undefined, 'there are no shares');
  const size = first?.bytes.length ?? 0;
  requireSetting(
    shares.every(({ bytes }) => bytes.length === size),
    'shares of one secret must have the same length',
  );
  requireSetting(
    shares.every(({ index }) => Number.isInteger(index) && index >= 1 && index <= MOST_SHARES),
    `the index of a share must be an integer from 1 to ${MOST_SHARES}`,
  );
  requireSetting(
    new Set(shares.map(({ index }) => index)).size === shares.length,
    'two shares have the same index',
  );
  const secret = new Uint8Array(size);
  requireBlocks(secret);
  const factors = lagrangeAtZero(shares.map(({ index }) => index));
  for (let offset = 0; offset < size; offset += ELEMENT_BYTES) {
    const sum = shares.reduce(
      (total, { bytes }, i) => add(total, multiply(elementOf(bytes, offset), factors[i] ?? ZERO)),
      ZERO,
    );
    writeElement(sum, secret, offset);
  }
  return secret;
}

/** Factors of Lagrange's interpolation at 0: Π x_m / (x_m − x_j) over m ≠ j. */
function lagrangeAtZero(indices: readonly number[]): readonly Element[] {
  return indices.map((index) => {
    let [above, below] = [ONE, ONE];
    for (const other of indices) {
      if (other === index) continue;
      above = multiply(above, smallElement(other));
      below = multiply(below, smallElement(other ^ index));
    }
    return multiply(above, invert(below));
  });
}

function requireBlocks(bytes: Uint8Array): void {
  requireSetting(
    bytes.length > 0 && bytes.length % ELEMENT_BYTES === 0,
    `a secret has a positive multiple of ${ELEMENT_BYTES} bytes, not ${bytes.length}`,
  );
}
