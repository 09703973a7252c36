import fc from 'fast-check';
import { expect, it } from 'vitest';
import { thinOut } from './thin-out.js';

const curves = fc.array(fc.option(fc.double({ noNaN: true }), { freq: 5 }), { maxLength: 300 });

it('thinOut keeps all measured values of a short curve', () => {
  expect(thinOut([3, null, 2, 1], 4)).toEqual([0, 2, 3]);
  expect(thinOut([], 4)).toEqual([]);
  expect(thinOut([null, null], 4)).toEqual([]);
});

it('thinOut keeps the ends, peaks and valleys of a long curve, in order', () => {
  const curve = Array.from({ length: 1000 }, (_, index) =>
    index === 501 ? 9 : index === 777 ? -9 : index / 1000,
  );
  const kept = thinOut(curve, 50);
  expect(kept.length).toBeLessThanOrEqual(52);
  expect(kept).toEqual(expect.arrayContaining([0, 501, 777, 999]));
});

it('thinOut keeps the extremes and the order of any curve', () => {
  fc.assert(
    fc.property(curves, fc.integer({ min: 4, max: 100 }), (curve, most) => {
      const kept = thinOut(curve, most);
      const values = curve.filter((value) => value !== null);
      expect(kept).toEqual(kept.toSorted((a, b) => a - b));
      expect(kept.length).toBeLessThanOrEqual(most + 2);
      const shown = kept.map((index) => curve[index]);
      expect(shown).not.toContain(null);
      if (values.length === 0) return;
      expect(Math.min(...(shown as number[]))).toBe(Math.min(...values));
      expect(Math.max(...(shown as number[]))).toBe(Math.max(...values));
      expect([shown[0], shown.at(-1)]).toEqual([values[0], values.at(-1)]);
    }),
  );
});
