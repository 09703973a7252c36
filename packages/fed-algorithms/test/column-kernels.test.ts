import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainColumns } from '../src/engines/plain-columns.js';
import { engines } from './engines.js';

/** Unit roundoff of float32. */
const U = 2 ** -24;
/** A GPU may take what is smaller for zero. */
const LEAST_NORMAL = 2 ** -126;
const float = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
const block = (most: number, length = fc.integer({ min: 1, max: 40 })) =>
  length.chain((size) =>
    fc.array(
      fc.array(float, { minLength: size, maxLength: size }).map((values) => Float32Array.from(values)),
      { minLength: 1, maxLength: most },
    ),
  );
const blocks = block(24);
const random = (count: number, length: number, seed = 1) =>
  Array.from({ length: count }, (_, k) =>
    Float32Array.from({ length }, (_, i) => Math.sin((i + 1) * (k + seed) * 12.9898) * 100),
  );
const most = (columns: readonly Float32Array[]) =>
  Math.max(...columns.map((column) => column.reduce((top, value) => Math.max(top, Math.abs(value)), 0)));

function expectNear(got: ArrayLike<number>, expected: ArrayLike<number>, bound: number): void {
  expect(got.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++)
    expect(Math.abs(got[i]! - expected[i]!), `at ${i}: ${got[i]} for ${expected[i]}`).toBeLessThanOrEqual(
      bound,
    );
}

// Software that plays a GPU takes its time.
describe.each(engines)('column kernels of $name', { timeout: 60_000 }, ({ columns: kernels }) => {
  const run = async (kernel: (out: Float32Array) => unknown, length: number) => {
    const out = new Float32Array(length);
    await kernel(out);
    return out;
  };

  it('ask for blocks of at least one value, and of bounded size', () => {
    for (const count of [1, 2, 10, 128, 1000, 100_000]) {
      expect(kernels.blockValues(count)).toBeGreaterThanOrEqual(1);
      expect(kernels.blockValues(count) * count).toBeLessThanOrEqual(2 ** 26);
    }
  });

  it('take the median', async () => {
    const columns = [
      [4, -1],
      [1, -2],
      [3, 5],
      [100, 0.5],
    ].map((column) => Float32Array.from(column));
    expect([...(await run((out) => kernels.median(columns, out), 2))]).toEqual([3.5, -0.25]);
    expect([...(await run((out) => kernels.median(columns.slice(0, 3), out), 2))]).toEqual([3, -1]);
  });

  it('take the mean without the largest and smallest', async () => {
    const columns = [9, 1, 2, 6, -50].map((value) => Float32Array.of(value));
    expect([...(await run((out) => kernels.trimmedMean(columns, 1, out), 1))]).toEqual([3]);
    expect([...(await run((out) => kernels.trimmedMean(columns, 2, out), 1))]).toEqual([2]);
  });

  it('take the mean around the median, or around a center that is given', async () => {
    const columns = [7, 1, 1000, 2, 4].map((value) => Float32Array.of(value));
    expectNear(await run((out) => kernels.meanAround(columns, null, 3, out), 1), [7 / 3], 8 * U);
    expect([...(await run((out) => kernels.meanAround(columns, Float32Array.of(6), 2, out), 1))]).toEqual([
      5.5,
    ]);
    // 1 and 3 are equally far from 2: the smaller one is kept.
    const even = [1, 2, 3].map((value) => Float32Array.of(value));
    expect([...(await run((out) => kernels.meanAround(even, null, 2, out), 1))]).toEqual([1.5]);
  });

  it('give every position its own result, at any length', async () => {
    for (const length of [1, 2, 3, 4, 5, 7, 8, 63, 64, 65, 1023, 5000]) {
      const columns = random(7, length);
      const bound = 4 * U * 100;
      for (const kernel of [
        (of: typeof kernels, out: Float32Array) => of.median(columns, out),
        (of: typeof kernels, out: Float32Array) => of.trimmedMean(columns, 2, out),
        (of: typeof kernels, out: Float32Array) => of.meanAround(columns, null, 4, out),
        (of: typeof kernels, out: Float32Array) => of.meanAround(columns, columns[0]!, 4, out),
        (of: typeof kernels, out: Float32Array) =>
          of.weightedSum(columns, [0.5, 0.25, 0, 0, 0.25, 0, 0], out),
      ])
        expectNear(
          await run((out) => kernel(kernels, out), length),
          await run((out) => kernel(plainColumns, out), length),
          bound,
        );
    }
  });

  it.each([1, 2, 3, 4, 5, 8, 9, 16, 17, 33, 64, 128, 300])('order %i values', async (count) => {
    const columns = random(count, 50, 3);
    const expected = await run((out) => plainColumns.median(columns, out), 50);
    expect(await run((out) => kernels.median(columns, out), 50)).toEqual(expected);
    const cut = Math.floor((count - 1) / 3);
    expectNear(
      await run((out) => kernels.trimmedMean(columns, cut, out), 50),
      await run((out) => plainColumns.trimmedMean(columns, cut, out), 50),
      (count + 3) * U * 100,
    );
    for (const keep of new Set([1, Math.ceil(count / 2), count]))
      expectNear(
        await run((out) => kernels.meanAround(columns, null, keep, out), 50),
        await run((out) => plainColumns.meanAround(columns, null, keep, out), 50),
        (count + 3) * U * 100,
      );
  });

  it.each([1, 2, 3, 4, 5, 10, 64, 65, 300])(
    'sum %i columns, also where the first is added to',
    async (count) => {
      const columns = random(count, 50);
      for (const first of [1, 0.25]) {
        const weights = columns.map((_, k) => (k === 0 ? first : (k % 3) / count));
        expectNear(
          await run((out) => kernels.weightedSum(columns, weights, out), 50),
          await run((out) => plainColumns.weightedSum(columns, weights, out), 50),
          (count + 3) * U * 200,
        );
      }
    },
  );

  it('keep within float32 of the float64 reference', async () => {
    await fc.assert(
      fc.asyncProperty(blocks, fc.nat(100), async (columns, choice) => {
        const [{ length }] = columns as [Float32Array];
        const count = columns.length;
        const bound = (count + 3) * (U * most(columns) * 2 + LEAST_NORMAL);
        const cut = choice % Math.ceil(count / 2);
        const keep = 1 + (choice % count);
        expectNear(
          await run((out) => kernels.median(columns, out), length),
          await run((out) => plainColumns.median(columns, out), length),
          U * most(columns) + LEAST_NORMAL,
        );
        expectNear(
          await run((out) => kernels.trimmedMean(columns, cut, out), length),
          await run((out) => plainColumns.trimmedMean(columns, cut, out), length),
          bound,
        );
        const weights = columns.map((_, k) => (k % 3) / count);
        expectNear(
          await run((out) => kernels.weightedSum(columns, weights, out), length),
          await run((out) => plainColumns.weightedSum(columns, weights, out), length),
          bound,
        );
        const around = await run((out) => kernels.meanAround(columns, columns[0]!, keep, out), length);
        expectNear(
          around,
          await run((out) => plainColumns.meanAround(columns, columns[0]!, keep, out), length),
          bound,
        );
      }),
    );
  });

  it('leave an outlier that is not kept no trace', async () => {
    const columns = [1.1, 1.2, 1.3, 3e38, -3e38, 1.4, 1e30].map((value) => Float32Array.of(value));
    expectNear(await run((out) => kernels.trimmedMean(columns, 2, out), 1), [1.3], 4 * U);
    expectNear(await run((out) => kernels.meanAround(columns, null, 4, out), 1), [1.25], 4 * U);
    expect([...(await run((out) => kernels.median(columns, out), 1))]).toEqual([Math.fround(1.3)]);
  });

  it('sum squared distances to 1e-6 of float64, onto what is there', async () => {
    for (const [scale, count, length] of [
      [1, 10, 10_000],
      [1, 4, 512],
      [1e-30, 3, 1000],
      [1e25, 5, 4097],
      [1, 1, 5],
      [3e-3, 33, 130],
    ] as const) {
      const columns = random(count, length).map((column) => column.map((value) => value * scale));
      const expected = new Float64Array(count * count);
      await plainColumns.addSquaredDistances(columns, expected);
      const sums = new Float64Array(count * count);
      await kernels.addSquaredDistances(columns, sums);
      sums.forEach((sum, at) =>
        expect(Math.abs(sum - expected[at]!)).toBeLessThanOrEqual(1e-6 * expected[at]!),
      );
      const once = Float64Array.from(sums);
      await kernels.addSquaredDistances(columns, sums);
      sums.forEach((sum, at) => expect(sum).toBeCloseTo(2 * once[at]!, -Math.log10(1e-6 * (once[at]! || 1))));
    }
  });

  it('sum squared distances of vectors that differ little', async () => {
    const base = random(1, 4000)[0]!;
    const columns = [base, base.map((value, i) => (i === 777 ? value + 2 ** -10 : value)), base];
    const sums = new Float64Array(9);
    await kernels.addSquaredDistances(columns, sums);
    const expected = (columns[1]![777]! - base[777]!) ** 2;
    expect(expected).toBeGreaterThan(0);
    for (const [at, value] of [0, expected, 0, expected, 0, expected, 0, expected, 0].entries())
      expect(Math.abs(sums[at]! - value)).toBeLessThanOrEqual(1e-6 * value);
  });

  it('sum squared norms to 1e-6 of float64, of the values and of differences', async () => {
    for (const scale of [1, 1e-25, 1e30]) {
      const columns = random(6, 3001).map((column) => column.map((value) => value * scale));
      for (const center of [null, columns[2]!]) {
        const expected = new Float64Array(6).fill(scale);
        await plainColumns.addSquaredNorms(columns, center, expected);
        const sums = new Float64Array(6).fill(scale);
        await kernels.addSquaredNorms(columns, center, sums);
        sums.forEach((sum, k) =>
          expect(Math.abs(sum - expected[k]!)).toBeLessThanOrEqual(1e-6 * expected[k]!),
        );
      }
    }
  });

  it('do not change their columns', async () => {
    const columns = random(9, 100);
    const before = columns.map((column) => column.slice());
    const out = new Float32Array(100);
    await kernels.median(columns, out);
    await kernels.trimmedMean(columns, 2, out);
    await kernels.meanAround(columns, null, 3, out);
    await kernels.addSquaredDistances(columns, new Float64Array(81));
    await kernels.weightedSum(
      columns,
      columns.map(() => 1),
      out,
    );
    expect(columns).toEqual(before);
  });
});
