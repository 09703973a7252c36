import { AlgorithmsError } from '../errors.js';
import type { Random } from '../model/random.js';
import type { Vector } from '../vector.js';

/** Makes an integer of a number. */
export type Rounding = (value: number) => number;

/** To the nearest integer; of two as near to the even one, so that halves add up to no drift. */
export const toNearest: Rounding = (value) => {
  const nearest = Math.round(value);
  return nearest - value === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
};

/** Up or down, with probabilities that make the value itself the expectation. An integer stays. */
export const stochastically =
  (random: Random): Rounding =>
  (value) => {
    const below = Math.floor(value);
    return random.uniform(0, 1) < value - below ? below + 1 : below;
  };

/**
 * Numbers as whole multiples of 1 / scale: their integers, which add up to the same in any order while sums stay below
 * 2^53. A number is changed by 0.5 / scale at most, stochastically by less than 1 / scale.
 * Throws `AlgorithmsError` (`impossible_setting`) unless scale > 0.
 */
export function discretise(values: Vector, scale: number, rounding: Rounding = toNearest): Float64Array {
  checkScale(scale);
  return Float64Array.from(values, (value) => rounding(value * scale));
}

/** What integers, or sums of them, stand for. */
export function undiscretise(integers: Vector, scale: number): Float64Array {
  checkScale(scale);
  return Float64Array.from(integers, (integer) => integer / scale);
}

function checkScale(scale: number): void {
  if (!(scale > 0 && scale < Infinity))
    throw new AlgorithmsError(
      'impossible_setting',
      `discretisation needs 0 < scale < ∞: got scale = ${scale}`,
    );
}
