import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregate } from './aggregate.js';
import type { AggregatorName } from './aggregators/index.js';

const vector = (...values: number[]) => Float32Array.from(values);

describe('aggregate', () => {
  it('computes the mean weighted by samples', async () => {
    expect(await aggregate('mean', [vector(1, 2), vector(5, 6)], { weights: [3, 1] })).toEqual(vector(2, 3));
  });

  it('weights all updates equally if no weights are given', async () => {
    expect(await aggregate('mean', [vector(1), vector(3)])).toEqual(vector(2));
  });

  it('gives zeros, not NaN, when all weights are zero', async () => {
    expect(await aggregate('mean', [vector(1, 2), vector(3, 4)], { weights: [0, 0] })).toEqual(vector(0, 0));
  });

  it('returns the update if all updates are equal, for any weights', async () => {
    const update = fc.float32Array({
      noNaN: true,
      noDefaultInfinity: true,
      min: -1e6,
      max: 1e6,
      minLength: 1,
    });
    const weights = fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(update, weights, async (values, counts) => {
        const mean = await aggregate(
          'mean',
          counts.map(() => values),
          { weights: counts },
        );
        mean.forEach((each, i) =>
          expect(Math.abs(each - values[i]!)).toBeLessThanOrEqual(1e-6 * Math.abs(values[i]!) + 1e-40),
        );
      }),
    );
  });

  it.each([
    ['no updates', 'mean', [], {}, 'no_updates', /nothing to aggregate/],
    [
      'NaN',
      'mean',
      [vector(1, 2), vector(3, Number.NaN)],
      {},
      'not_finite',
      /update 1 holds NaN at position 1/,
    ],
    ['plain arrays', 'mean', [[1, 2] as never], {}, 'wrong_type', /update 0 is no Float32Array/],
    ['an unknown option', 'mean', [vector(1)], { trimm: 0.1 } as object, 'invalid_arguments', /trimm/],
    ['infinity', 'median', [vector(-Infinity)], {}, 'not_finite', /update 0 holds -Infinity at position 0/],
    [
      'unequal lengths',
      'mean',
      [vector(1), vector(1, 2)],
      {},
      'wrong_length',
      /update 1 has 2 values, update 0 has 1/,
    ],
    [
      'too few weights',
      'mean',
      [vector(1), vector(2)],
      { weights: [1] },
      'wrong_weights',
      /expected 2 weights, .* got 1/,
    ],
    ['a negative weight', 'mean', [vector(1)], { weights: [-1] }, 'wrong_weights', /weight 0 is -1/],
    ['an infinite weight', 'mean', [vector(1)], { weights: [Infinity] }, 'wrong_weights', /weight 0 is Inf/],
    [
      'all values cut',
      'trimmed-mean',
      [vector(1)],
      { trim: 0.5 },
      'invalid_arguments',
      /^trim: .* trim < 0.5/,
    ],
    ['half a participant', 'krum', [vector(1)], { byzantine: 0.5 }, 'invalid_arguments', /^byzantine: /],
    ['a bound of 0', 'norm-clipping', [vector(1)], { clip_norm: 0 }, 'invalid_arguments', /^clip_norm: .*>0/],
    [
      'no step',
      'centered-clipping',
      [vector(1)],
      { clip_iterations: 0 },
      'invalid_arguments',
      /^clip_iterations: .*>=1/,
    ],
    [
      'a share above 1',
      'norm-clipping',
      [vector(1)],
      { clip_quantile: 2 },
      'invalid_arguments',
      /^clip_quantile: .*<=1/,
    ],
    ['no bits', 'fixed-point', [vector(1)], { value_bits: 0 }, 'invalid_arguments', /^value_bits: .*>=1/],
    [
      'a smoothing of 0',
      'geometric-median',
      [vector(1)],
      { weiszfeld_smoothing: 0 },
      'invalid_arguments',
      /^weiszfeld_smoothing: .*>0/,
    ],
    [
      'noise that is not added',
      'median',
      [vector(1)],
      { noise_multiplier: 1 },
      'invalid_arguments',
      /^noise_multiplier: .*'norm-clipping'/,
    ],
    ['an unknown rule', 'mode', [vector(1)], {}, 'unknown_aggregator', /'mode'; there are mean, median/],
  ] as const)('refuses %s', async (_what, name, updates, options, code, message) => {
    const refused = aggregate(name as AggregatorName, updates, options);
    await expect(refused).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
  });
});
