import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  add,
  elementOf,
  invert,
  multiply,
  smallElement,
  writeElement,
  type Element,
} from '../src/sharing/field.js';
import { combineShares, evaluate, splitSecret } from '../src/index.js';
import { vectorsOf } from './vectors.js';

const vectors = vectorsOf('secagg-crypto');
interface HexShare {
  readonly index: number;
  readonly share_hex: string;
}
const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));
const elementOfHex = (hex: string) => elementOf(bytesOf(hex));
const hexOf = (element: Element) => {
  const bytes = new Uint8Array(16);
  writeElement(element, bytes);
  return Buffer.from(bytes).toString('hex');
};

describe('GF(2^128)', () => {
  it('reduces by x^128 + x^7 + x^2 + x + 1', () => {
    const { input, expected } = vectors.take<{ a_hex: string; b: number }, string>('gf128-1');
    expect(hexOf(multiply(elementOfHex(input.a_hex), smallElement(input.b)))).toBe(expected);
  });

  it('has an inverse of every element but 0', () => {
    const element = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => elementOf(bytes));
    fc.assert(
      fc.property(element, (a) => {
        const product = hexOf(multiply(a, invert(a)));
        return product === (hexOf(a) === '0'.repeat(32) ? '0' : '1').padStart(32, '0');
      }),
      { numRuns: 20 },
    );
  });
});

describe('secret sharing', () => {
  it.each(['shamir-plain-2of3', 'shamir-plain-5of9'])('makes the shares of pycryptodome: %s', (id) => {
    const { input, expected } = vectors.take<
      { coefficients_high_to_low_hex: string[]; secret_hex: string },
      { shares: HexShare[] }
    >(id);
    const coefficients = [...input.coefficients_high_to_low_hex, input.secret_hex].map(elementOfHex);
    for (const { index, share_hex } of expected.shares)
      expect(hexOf(evaluate(coefficients, smallElement(index)))).toBe(share_hex);
    const shares = expected.shares.map(({ index, share_hex }) => ({ index, bytes: bytesOf(share_hex) }));
    expect(combineShares(shares.slice(-coefficients.length))).toEqual(bytesOf(input.secret_hex));
  });

  it.each(['shamir-ssss-0', 'shamir-ssss-2', 'shamir-ssss-4', 'shamir-ssss-6'])(
    'restores a secret of ssss, whose polynomial has the extra term x^k: %s',
    (id) => {
      const { input, expected } = vectors.take<
        { threshold: number; shares: HexShare[] },
        { secret_hex: string }
      >(id);
      const shares = input.shares.slice(-input.threshold).map(({ index, share_hex }) => {
        let power = smallElement(1);
        for (let i = 0; i < input.threshold; i++) power = multiply(power, smallElement(index));
        return { index, bytes: bytesOf(hexOf(add(elementOfHex(share_hex), power))) };
      });
      expect(combineShares(shares)).toEqual(bytesOf(expected.secret_hex));
    },
  );

  it('restores a secret from any t shares, not from t − 1', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.integer({ min: 2, max: 5 }),
        fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7], { minLength: 5 }),
        (secret, threshold, chosen) => {
          const shares = splitSecret(secret, threshold, 7);
          const some = chosen.slice(0, threshold).map((index) => shares[index - 1]!);
          expect(combineShares(some)).toEqual(secret);
          expect(combineShares(some.slice(1))).not.toEqual(secret);
        },
      ),
      { numRuns: 20 },
    );
  });

  it.each([
    [0, 3],
    [4, 3],
    [1.5, 3],
    [2, 70_000],
  ])('rejects a threshold of %d with %d shares', (threshold, count) => {
    expect(() => splitSecret(new Uint8Array(16), threshold, count)).toThrow(
      expect.objectContaining({ code: 'impossible_setting' }),
    );
  });

  it('rejects no shares, equal indices, other lengths and index 0', () => {
    const [a, b] = splitSecret(new Uint8Array(16), 2, 2);
    const bad = [[], [a!, a!], [a!, { index: 2, bytes: new Uint8Array(32) }], [{ ...a!, index: 0 }, b!]];
    for (const shares of bad)
      expect(() => combineShares(shares)).toThrow(expect.objectContaining({ code: 'impossible_setting' }));
  });
});
