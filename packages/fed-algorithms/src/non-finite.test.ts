import { expect, it } from 'vitest';
import { nonFiniteIn } from './non-finite.js';

const LENGTH = 40_003;

it('finds the first value that is not finite, wherever it is, and no other', () => {
  const values = new Float32Array(LENGTH).fill(3.4e38);
  values.set([0, -0, 1e-45, -3.4028234663852886e38], 7);
  expect(nonFiniteIn(values)).toBe(-1);
  for (const odd of [Number.NaN, Infinity, -Infinity])
    for (const at of [0, 1, 6, 8, 16_383, 16_384, 32_767, LENGTH - 2, LENGTH - 1]) {
      const wrong = values.slice();
      wrong[at] = odd;
      wrong[LENGTH - 1] = odd;
      expect(nonFiniteIn(wrong)).toBe(at);
    }
  expect(nonFiniteIn(new Float32Array(0))).toBe(-1);
});
