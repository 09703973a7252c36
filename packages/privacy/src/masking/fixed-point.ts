import { requireSetting } from '../errors.js';

/** Signed integers of `bits` bits that stand for multiples of 1 / `scale`. */
export interface FixedPoint {
  readonly bits: number;
  readonly scale: number;
  readonly min: number;
  readonly max: number;
}

/** Throws `ImpossibleSetting` unless 2 ≤ bits ≤ 53 and scale > 0. */
export function fixedPoint(bits: number, scale: number): FixedPoint {
  requireSetting(
    Number.isInteger(bits) && bits >= 2 && bits <= 53,
    `value_bits must be an integer from 2 to 53, not ${bits}`,
  );
  requireSetting(scale > 0 && Number.isFinite(scale), `scale must be positive, not ${scale}`);
  return { bits, scale, min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 };
}

/** The fixed point whose largest value is `bound`. */
export function fixedPointFor(bound: number, bits: number): FixedPoint {
  requireSetting(bound > 0 && Number.isFinite(bound), `value_bound must be positive, not ${bound}`);
  return fixedPoint(bits, (2 ** (bits - 1) - 1) / bound);
}

/** Uniform numbers in [0, 1); `cryptographicUniform` outside of tests. */
export type Uniform = () => number;

/** The nearest integer, or with `uniform` one of the two neighbours so that the expectation is exact; saturates. */
export function toFixed({ scale, min, max }: FixedPoint, value: number, uniform?: Uniform): number {
  const scaled = value * scale;
  const rounded = uniform === undefined ? Math.round(scaled) : Math.floor(scaled + uniform());
  return Math.min(max, Math.max(min, rounded));
}

export function toFloat({ scale }: Pick<FixedPoint, 'scale'>, value: number): number {
  return value / scale;
}
