import { AlgorithmsError } from '../errors.js';
import type { Vector } from '../vector.js';
import { checkBounds, type Bounds } from './bounds.js';
import { toNearest, type Rounding } from './discretise.js';

export interface BoundedSumOptions extends Bounds {
  /** Number of values that vectors have. */
  readonly size: number;
  /** Between the bounds lie 2^bits steps, 1…52; default: 32. */
  readonly bits?: number;
  readonly rounding?: Rounding;
}

export interface BoundedSum {
  /** Adds weight times each value of a piece that starts at `offset`, cut to the bounds and rounded to a whole step. */
  add(piece: Vector, offset?: number, weight?: number): void;
  /** scale times the sum, the caller's from now on; the sum is done with. */
  take(scale?: number): Float64Array;
  /** How many values lay outside of each bound. */
  readonly clipped: { readonly lower: number; readonly upper: number };
}

/**
 * A sum as secure aggregation needs it: of integers of known size, to which each value is cut and rounded. They add up
 * without error, so in any order to the same, while weights are whole numbers and
 * max(|lower|, |upper|) · Σ weight ≤ 2^(53 − bits) · (upper − lower).
 * It is the arithmetic alone: who computes this sum sees the values.
 * Throws `AlgorithmsError` (`impossible_setting`) unless lower < upper and 1 ≤ bits ≤ 52.
 */
export function createBoundedSum(options: BoundedSumOptions): BoundedSum {
  checkBounds(options);
  const { size, lower, upper, bits = 32, rounding = toNearest } = options;
  if (!(Number.isInteger(bits) && bits >= 1 && bits <= 52))
    throw new AlgorithmsError(
      'impossible_setting',
      `a bounded sum needs a whole number 1 ≤ bits ≤ 52: got ${bits}`,
    );
  const step = (upper - lower) / 2 ** bits;
  const integers = new Float64Array(size);
  const clipped = { lower: 0, upper: 0 };
  return {
    add(piece, offset = 0, weight = 1) {
      if (offset < 0 || offset + piece.length > size)
        throw new RangeError(`a piece of ${piece.length} values at ${offset} leaves a vector of ${size}`);
      for (let i = 0; i < piece.length; i++) {
        let value = piece[i]!;
        if (value < lower) {
          value = lower;
          clipped.lower++;
        } else if (value > upper) {
          value = upper;
          clipped.upper++;
        }
        integers[offset + i]! += weight * rounding(value / step);
      }
    },
    take(scale = 1) {
      for (let i = 0; i < size; i++) integers[i]! *= scale * step;
      return integers;
    },
    clipped,
  };
}
