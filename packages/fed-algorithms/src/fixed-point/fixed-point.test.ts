import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distance, loadCases } from '../../test/vectors.js';
import { aggregate } from '../aggregate.js';
import { createRandom } from '../model/index.js';
import { createBoundedSum } from './bounded-sum.js';
import type { Bounds } from './bounds.js';
import { discretise, stochastically, toNearest, undiscretise } from './discretise.js';
import { modularClip } from './modular-clip.js';

const sumOf = (values: Iterable<number>) => [...values].reduce((sum, value) => sum + value, 0);

describe('a bounded sum', () => {
  interface Input {
    readonly values?: readonly number[];
    readonly lower?: number;
    readonly upper: number;
  }
  type Expected = number | 'ERROR' | { result: number; upper_clipped: number; lower_clipped: number };

  it.each(loadCases<Input, Expected>('tff-secure-sum'))(
    '$algorithm: $id',
    ({ input: { values = [], lower, upper }, expected, tolerance_abs }) => {
      const create = () => createBoundedSum({ size: 1, lower: lower ?? -upper, upper });
      if (expected === 'ERROR')
        return expect(create).toThrow(
          expect.objectContaining({
            code: 'impossible_setting',
            message: `bounds need lower < upper, both finite: got lower = ${lower}, upper = ${upper}`,
          }),
        );
      const bounded = create();
      for (const value of values) bounded.add(Float64Array.of(value));
      const { result, ...clipped } =
        typeof expected === 'number' ? { result: expected, upper_clipped: 0, lower_clipped: 0 } : expected;
      expect(Math.abs(bounded.take()[0]! - result)).toBeLessThanOrEqual(tolerance_abs);
      expect(bounded.clipped).toEqual({ lower: clipped.lower_clipped, upper: clipped.upper_clipped });
    },
  );

  it('is the same to the last bit in any order, cut into any pieces', () => {
    const vector = fc.float64Array({ noNaN: true, minLength: 4, maxLength: 4 });
    const vectors = fc.array(fc.tuple(vector, fc.integer({ min: 0, max: 1000 })), { maxLength: 8 });
    fc.assert(
      fc.property(vectors, fc.nat(4), (weighted, cut) => {
        const [whole, pieces] = [0, 1].map(() => createBoundedSum({ size: 4, lower: -3, upper: 5 }));
        for (const [values, weight] of weighted) whole!.add(values, 0, weight);
        for (const [values, weight] of weighted.toReversed()) {
          pieces!.add(values.subarray(cut), cut, weight);
          pieces!.add(values.subarray(0, cut), 0, weight);
        }
        expect(pieces!.take()).toEqual(whole!.take());
      }),
    );
  });

  it.each([0, 53, 1.5])('refuses %d bits', (bits) => {
    expect(() => createBoundedSum({ size: 1, lower: 0, upper: 1, bits })).toThrow(/1 ≤ bits ≤ 52/);
  });

  it('refuses a piece that leaves its vector', () => {
    const bounded = createBoundedSum({ size: 2, lower: 0, upper: 1 });
    expect(() => bounded.add(Float32Array.of(1, 1), 1)).toThrow(/leaves a vector of 2/);
  });
});

describe('modular clipping', () => {
  type Input = Bounds & { readonly value?: number; readonly values?: readonly number[] };
  it.each(loadCases<Input, number>('tff-modular-clipping'))(
    '$algorithm: $id',
    ({ input: { value, values = [value!], ...bounds }, expected }) => {
      expect(modularClip(sumOf(values.map((each) => modularClip(each, bounds))), bounds)).toBe(expected);
    },
  );

  it('takes masks that cancel out of the sum of what they hide', () => {
    const bounds = { lower: -(2 ** 31), upper: 2 ** 31 };
    const value = fc.integer({ min: -(2 ** 24), max: 2 ** 24 });
    const mask = fc.integer({ min: bounds.lower, max: bounds.upper - 1 });
    fc.assert(
      fc.property(fc.array(fc.tuple(value, mask), { minLength: 1, maxLength: 20 }), (all) => {
        // Each adds its own mask and takes the next one's away.
        const masked = all.map(([own, plus], k) =>
          modularClip(own + plus - all[(k + 1) % all.length]![1], bounds),
        );
        expect(modularClip(sumOf(masked), bounds)).toBe(sumOf(all.map(([own]) => own)));
      }),
    );
  });

  it('refuses a range of no width', () => {
    expect(() => modularClip(1, { lower: 2, upper: 2 })).toThrow(/lower < upper/);
  });
});

describe('discretisation', () => {
  interface Input {
    readonly values: readonly number[] | 'uniform(-10,10)';
    readonly scale?: number;
    readonly scales?: readonly number[];
  }
  const [sum, error] = loadCases<Input, unknown>('tff-discretisation');

  it(`${sum!.algorithm}: ${sum!.id}`, () => {
    const { values, scale = 1 } = sum!.input;
    const integers = (values as readonly number[]).map(
      (value) => discretise(Float64Array.of(value), scale)[0]!,
    );
    expect(undiscretise(Float64Array.of(sumOf(integers)), scale)[0]).toBe(sum!.expected);
  });

  it.each(error!.input.scales!)(`${error!.algorithm}: ${error!.id}, %d`, (scale) => {
    const random = createRandom(1);
    const values = Float64Array.from({ length: 1000 }, () => random.uniform(-10, 10));
    const roundTrip = (rounding = toNearest) => undiscretise(discretise(values, scale, rounding), scale);
    expect(distance(roundTrip(), values)).toBeLessThanOrEqual(0.5 / scale + error!.tolerance_abs);
    expect(distance(roundTrip(stochastically(random)), values)).toBeLessThanOrEqual(
      1 / scale + error!.tolerance_abs,
    );
  });

  it('rounds halves to even, and stochastically to the value on average', () => {
    expect([...discretise(Float64Array.of(0.5, 1.5, 2.5, -1.5, 7), 1)]).toEqual([0, 2, 2, -2, 7]);
    const drawn = discretise(new Float64Array(10_000).fill(0.3), 1, stochastically(createRandom(3)));
    // Of a standard deviation of 0.0046.
    expect(Math.abs(sumOf(drawn) / drawn.length - 0.3)).toBeLessThan(0.02);
    expect([...discretise(Float64Array.of(-4, 2 ** 40), 1, stochastically(createRandom(3)))]).toEqual([
      -4,
      2 ** 40,
    ]);
  });

  it.each([0, -1, Infinity, Number.NaN])('refuses the scale %d', (scale) => {
    expect(() => discretise(Float64Array.of(1), scale)).toThrow(/0 < scale < ∞/);
  });
});

describe('the aggregator fixed-point', () => {
  const updates = [Float32Array.of(0.3, -9, 0.25), Float32Array.of(-0.1, 0.5, 9)];

  it('is the mean of values cut to the bound and rounded to steps', async () => {
    const got = await aggregate('fixed-point', updates, { weights: [3, 1], value_bound: 2, value_bits: 4 });
    // Steps of a quarter: 0.25 and 0, −2 and 0.5, 0.25 and 2.
    expect([...got]).toEqual([(3 * 0.25 - 0) / 4, (3 * -2 + 0.5) / 4, (3 * 0.25 + 2) / 4]);
  });

  it('comes to the mean with many bits', async () => {
    const exact = await aggregate('mean', updates, { weights: [3, 1] });
    const got = await aggregate('fixed-point', updates, { weights: [3, 1], value_bound: 10, value_bits: 32 });
    expect(distance(got, exact)).toBeLessThan(1e-6);
  });

  it('refuses more samples than its integers have room for, with the inequality', async () => {
    const weights = [2 ** 22, 1];
    await expect(aggregate('fixed-point', updates, { weights, value_bits: 32 })).rejects.toMatchObject({
      code: 'impossible_setting',
      message:
        'exact sums need n · 2^(value_bits − 1) ≤ 2^53: n = 4194305 samples with value_bits = 32; at most 31',
    });
    await expect(aggregate('fixed-point', updates, { weights, value_bits: 31 })).resolves.toHaveLength(3);
  });
});
