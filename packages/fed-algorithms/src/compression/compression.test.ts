import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distance, loadCases } from '../../test/vectors.js';
import { createGaussian } from '../aggregators/gaussian.js';
import type { Manifest } from '../model/tensors.js';
import { createRandom } from '../model/random.js';
import { codecNamed, codecOf, codecs, decodeUpdate } from './index.js';

const names = codecs.map(({ name }) => name);

const manifestOf = (...shapes: number[][]): Manifest => {
  let offset = 0;
  const tensors = shapes.map((shape, index) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const tensor = { name: `${index}.weight`, shape, offset, size, trainable: true };
    offset += size;
    return tensor;
  });
  return { tensors, size: offset };
};
const encode = (name: string, values: readonly number[], { seed = 1, keep = 0.5, manifest }: Options = {}) =>
  codecNamed(name).encode(Float32Array.from(values), manifest ?? manifestOf([values.length]), {
    random: createRandom(seed),
    keep,
  });
interface Options {
  seed?: number;
  keep?: number;
  manifest?: Manifest;
}
const roundTrip = (name: string, values: readonly number[], options: Options = {}) => [
  ...decodeUpdate(encode(name, values, options), options.manifest ?? manifestOf([values.length])),
];

/** Below float32's normal numbers there are fewer bits. */
const TINY = 2 ** -126;
const updates = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 }), {
  minLength: 1,
  maxLength: 200,
});

describe.each(names)('%s', (name) => {
  it('comes back whole from pieces of any size', () => {
    fc.assert(
      fc.property(updates, fc.integer({ min: 1, max: 40 }), (values, units) => {
        const manifest = manifestOf([values.length]);
        const encoded = encode(name, values);
        const decoder = codecOf(encoded).decoder(encoded, manifest);
        const got: number[] = [];
        for (let at = 0; at < encoded.data.length; at += units * decoder.unitBytes)
          for (const part of decoder.decode(encoded.data.slice(at, at + units * decoder.unitBytes)))
            got.push(...part);
        for (const part of decoder.finish()) got.push(...part);
        expect(got).toEqual(roundTrip(name, values));
      }),
    );
  });

  it('is the same for the same seed', () => {
    const values = Array.from({ length: 50 }, (_, i) => Math.sin(i));
    expect(encode(name, values)).toEqual(encode(name, values));
  });

  it('refuses a header of another model by name', () => {
    const encoded = encode(name, [1, 2, 3, 4]);
    expect(() => decodeUpdate(encoded, manifestOf([2]))).toThrowError(
      /the update holds .*; the model is|expected ascending/,
    );
  });
});

it('bytes per value are 4, 2, 2, 1, and 8 of each value kept', () => {
  const values = Array.from({ length: 1000 }, (_, i) => i);
  const bytes = names.map((name) => encode(name, values, { keep: 0.05 }).data.length);
  expect(bytes).toEqual([4000, 2000, 2000, 1000, 400]);
});

it.each(loadCases<{ layers: number[][] }, { ratio: number }>('flsim-int8'))(
  'int8 takes as much less as in $id of FLSim, and is as near',
  ({ input: { layers }, expected }) => {
    const manifest = manifestOf(...layers);
    const gaussian = createGaussian(1);
    const values = Array.from({ length: manifest.size }, () => 0.3 * gaussian());
    const bytes = (name: string) => encode(name, values, { manifest }).data.length;
    expect(bytes('none') / bytes('int8')).toBe(expected.ratio);
    expect(distance(roundTrip('int8', values, { manifest }), values)).toBeLessThanOrEqual(1e-2);
  },
);

describe('float16', () => {
  // Values from the table of IEEE 754 binary16 in its Wikipedia article.
  it.each([
    [1, 1],
    [65_504, 65_504],
    [0.333333343, 0.33325195],
    [2 ** -14, 2 ** -14],
    [2 ** -24, 2 ** -24],
    [2 ** -25, 0],
    [2 ** -25 * 1.5, 2 ** -24],
    [1 + 2 ** -11, 1],
    [1 + 3 * 2 ** -11, 1 + 2 ** -9],
    [70_000, 65_504],
    [-70_000, -65_504],
    [65_519.996, 65_504],
  ])('%f becomes %f', (value, half) => {
    const [got] = roundTrip('float16', [value]);
    expect(got === half || Math.abs(got! - half) < 1e-5 * half).toBe(true);
  });

  it('every finite half is kept', () => {
    for (let half = 0; half < 1 << 16; half++) {
      if (((half >> 10) & 31) === 31) continue;
      const encoded = {
        tensors: [{ name: '0.weight', shape: [1], dtype: 'F16' as const }],
        data: Uint8Array.of(half & 255, half >> 8),
        metadata: {},
      };
      const values = decodeUpdate(encoded, manifestOf([1]));
      if (half !== 0x8000) expect(encode('float16', [...values]).data).toEqual(encoded.data);
    }
  });

  it('a NaN and an infinity stay what they are, to be refused', () => {
    expect(roundTrip('float16', [Number.NaN])).toEqual([Number.NaN]);
  });
});

describe('bfloat16', () => {
  it('errs by at most 2⁻⁸ of a value, and keeps the largest finite', () => {
    fc.assert(
      fc.property(updates, (values) => {
        const got = roundTrip('bfloat16', values);
        values.forEach((value, i) =>
          expect(Math.abs(got[i]! - value)).toBeLessThanOrEqual(Math.abs(value) / 256 + TINY),
        );
      }),
    );
    const largest = 3.4028234663852886e38;
    expect(Number.isFinite(roundTrip('bfloat16', [largest])[0])).toBe(true);
    expect(roundTrip('bfloat16', [1 + 2 ** -8, 1 + 3 * 2 ** -8])).toEqual([1, 1 + 2 ** -6]);
  });
});

describe('int8', () => {
  it('errs by less than max|x| / 127 of its tensor', () => {
    fc.assert(
      fc.property(updates, updates, fc.integer(), (small, large, seed) => {
        const values = [...small.map((value) => value / 1000), ...large];
        const manifest = manifestOf([small.length], [large.length]);
        const got = roundTrip('int8', values, { manifest, seed });
        for (const { offset, size } of manifest.tensors) {
          const of = values.slice(offset, offset + size);
          const scale = Math.max(...of.map(Math.abs)) / 127;
          of.forEach((value, i) =>
            expect(Math.abs(got[offset + i]! - value)).toBeLessThanOrEqual(scale * 1.0001 + TINY),
          );
        }
      }),
    );
  });

  it('is unbiased on average', () => {
    const values = [1.27, 0.005, -0.0031, 0.7777];
    const sums = [0, 0, 0, 0];
    const times = 20_000;
    for (let seed = 0; seed < times; seed++)
      roundTrip('int8', values, { seed }).forEach((value, i) => (sums[i]! += value));
    // The standard error is at most 0.005 / √20,000.
    sums.forEach((sum, i) => expect(Math.abs(sum / times - values[i]!)).toBeLessThan(0.0002));
  });

  it('refuses a missing scale or one that is no number', () => {
    const { tensors, data } = encode('int8', [1, 2]);
    for (const metadata of [{}, { 'scale.0.weight': 'NaN' }, { 'scale.0.weight': '-1' }])
      expect(() => decodeUpdate({ tensors, data, metadata }, manifestOf([2]))).toThrowError(
        "the update's metadata has no scale of tensor '0.weight'",
      );
  });
});

describe('top-k', () => {
  it('keeps the largest magnitudes as they are', () => {
    expect(roundTrip('top-k', [1, -5, 2, 4, 0, -3], { keep: 0.5 })).toEqual([0, -5, 0, 4, 0, -3]);
    expect(roundTrip('top-k', [2, 2, 2, 2], { keep: 0.5 })).toEqual([2, 2, 0, 0]);
    expect(roundTrip('top-k', [0, 7], { keep: 0.01 })).toEqual([0, 7]);
  });

  it('refuses positions that are not ascending or beyond the model', () => {
    const entries = (...positions: number[]) => ({
      tensors: [{ name: 'top-k', shape: [positions.length, 2], dtype: 'U32' as const }],
      data: new Uint8Array(Uint32Array.from(positions.flatMap((position) => [position, 0])).buffer),
      metadata: {},
    });
    expect([...decodeUpdate(entries(0, 2), manifestOf([3]))]).toEqual([0, 0, 0]);
    for (const positions of [
      [1, 1],
      [2, 0],
      [0, 3],
    ])
      expect(() => decodeUpdate(entries(...positions), manifestOf([3]))).toThrowError(
        'expected ascending ones below 3',
      );
    expect(() => decodeUpdate(entries(0, 1, 2, 3), manifestOf([3]))).toThrowError('the update holds');
  });
});
