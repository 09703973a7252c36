import { randomFillSync } from 'node:crypto';
import { PrivacyError, requireSetting } from '../errors.js';
import { toFixed, toFloat, type FixedPoint, type Uniform } from './fixed-point.js';

/** A sum of weighted values could leave the modulus. */
export class MaskOverflow extends PrivacyError {
  constructor(message: string) {
    super('mask_overflow', message);
  }
}

/** Bits of a modulus in which values times weights up to a total cannot wrap. Throws `MaskOverflow` above 32. */
export function modulusBits({ bits }: FixedPoint, largestTotalWeight: number): number {
  requireSetting(
    Number.isSafeInteger(largestTotalWeight) && largestTotalWeight >= 1,
    `the largest sum of weights must be a positive integer, not ${largestTotalWeight}`,
  );
  const needed = bits + Math.ceil(Math.log2(largestTotalWeight));
  if (needed > 32)
    throw new MaskOverflow(
      `${bits} value bits and weights up to ${largestTotalWeight} in all need ${needed} bits; 32 are sent: use fewer value_bits or smaller weights`,
    );
  return needed;
}

/** An update as integers. */
export interface Quantised {
  /** Values times the weight, modulo 2^32, and the weight at the end. */
  readonly vector: Uint32Array;
  /** Number of values that exceeded the bound and were cut. */
  readonly cut: number;
}

/** Quantises an update with stochastic rounding and multiplies it by an integer weight. */
export function quantise(
  format: FixedPoint,
  values: Float32Array,
  weight: number,
  uniform: Uniform = cryptographicUniform(),
): Quantised {
  requireSetting(
    Number.isSafeInteger(weight) && weight >= 1 && format.max * weight < 2 ** 31,
    `the weight must be a positive integer that keeps bound × weight below 2^31, not ${weight}`,
  );
  const vector = new Uint32Array(values.length + 1);
  const bound = format.max / format.scale;
  let cut = 0;
  for (const [i, value] of values.entries()) {
    requireSetting(Number.isFinite(value), `value ${i} of the update is not finite`);
    if (Math.abs(value) > bound) cut++;
    // Symmetric: the most negative integer has no positive counterpart.
    vector[i] = Math.max(-format.max, toFixed(format, value, uniform)) * weight;
  }
  vector[values.length] = weight;
  return { vector, cut };
}

/** Weighted mean and total weight of a sum of quantised vectors modulo 2^bits. */
export function dequantise(
  format: FixedPoint,
  sum: Uint32Array,
  bits: number,
): { readonly mean: Float32Array; readonly weight: number } {
  const weight = sum.at(-1) ?? 0;
  requireSetting(weight > 0, 'the sum has no weight');
  const shift = 32 - bits;
  // The shifts extend the sign of `bits` bits.
  const mean = Float32Array.from(sum.subarray(0, -1), (value) =>
    toFloat(format, ((value << shift) >> shift) / weight),
  );
  return { mean, weight };
}

/** Uniform 32-bit fractions from `node:crypto`, drawn in blocks. */
export function cryptographicUniform(): Uniform {
  const words = new Uint32Array(4096);
  let next = words.length;
  return () => {
    if (next === words.length) {
      randomFillSync(words);
      next = 0;
    }
    return (words[next++] ?? 0) / 2 ** 32;
  };
}
