import { describe, expect, it } from 'vitest';
import { loadCases } from '../../test/vectors.js';
import { createEngine } from '../engines/create-engine.js';
import { createRegistry } from '../registry.js';
import { parseRunArguments } from '../run-arguments.js';
import { splitNoise } from './adaptive-clip.js';
import { noiseStddev, type Privacy } from './differential-privacy.js';
import { createGaussian } from './gaussian.js';
import { createNormClipping, type NormClippingOptions } from './norm-clipping.js';

const engine = createEngine();
/** Number of draws that estimates a standard deviation to within 1 % at four standard errors. */
const MANY = 80_000;

const stddev = (values: ArrayLike<number>) => {
  const all = Array.from(values);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  return Math.sqrt(all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length);
};
const updateSet = (vectors: readonly Float32Array[], weights = vectors.map(() => 1)) => ({
  count: vectors.length,
  size: vectors[0]!.length,
  weights,
  vectors,
  read: async (index: number, start: number, target: Float32Array) =>
    target.set(vectors[index]!.subarray(start, start + target.length)),
});
const zeros = (count: number, size = MANY) => Array.from({ length: count }, () => new Float32Array(size));

/** A rule, and what it carries, of noise that is the same each time. */
function createRule(privacy: Partial<Privacy>, more: Partial<NormClippingOptions> = {}) {
  const rule = createNormClipping({
    clip: 1,
    privacy: {
      multiplier: 1,
      mechanism: 'gaussian',
      countStddev: null,
      gaussian: createGaussian(1),
      ...privacy,
    },
    ...more,
  });
  const states = new Map<number, ReturnType<NonNullable<typeof rule.state>>>();
  return (vectors: readonly Float32Array[], weights?: number[]) => {
    const updates = updateSet(vectors, weights);
    const state = states.get(updates.size) ?? rule.state!(updates.size);
    states.set(updates.size, state);
    return rule.aggregate(updates, engine, state).then((mean) => ({ mean, state }));
  };
}

describe('the noise in a mean', () => {
  interface Stddev {
    readonly noise_multiplier: number;
    readonly clipping_norm: number;
    readonly num_sampled_clients: number;
  }
  const [stdv] = loadCases<Stddev, number>('differential-privacy');

  it(`is that of ${stdv!.id} of Flower`, async () => {
    const { noise_multiplier: multiplier, clipping_norm: clip, num_sampled_clients: count } = stdv!.input;
    expect(noiseStddev(multiplier, clip, count)).toBe(stdv!.expected);
    const { mean } = await createRule({ multiplier }, { clip })(zeros(count));
    expect(Math.abs(stddev(mean) / stdv!.expected - 1)).toBeLessThan(0.01);
  });

  it('leaves the mean of clipped updates, in which weights have no say', async () => {
    const vectors = zeros(3, 2);
    vectors[0]!.set([3, 4]);
    // The third is left out, as one that is too old.
    const { mean } = await createRule({ multiplier: 1e-9 })(vectors, [9, 1, 0]);
    expect(mean[0]).toBeCloseTo(0.3, 6);
    expect(mean[1]).toBeCloseTo(0.4, 6);
  });

  it('differs in each round, and between rules without a seed', async () => {
    const rule = createRule({});
    const draws = [await rule(zeros(1, 4)), await rule(zeros(1, 4))];
    for (let i = 0; i < 2; i++) draws.push(await createRule({ gaussian: createGaussian() })(zeros(1, 4)));
    expect(new Set(draws.map(({ mean }) => mean.join())).size).toBe(4);
  });
});

describe('an adaptive bound', () => {
  interface Split {
    readonly noise_multiplier: number;
    readonly num_sampled_clients?: number;
    readonly num_clients?: number;
    readonly clipped_count_stddev?: number | null;
  }
  interface Expected {
    readonly clipped_count_stddev: number;
    readonly noise_multiplier_value?: number;
    readonly value_noise_multiplier_greater_than?: number;
  }
  const cases = loadCases<Split, Expected | 'ERROR'>('differential-privacy').slice(1);
  const split = ({ noise_multiplier: z, num_sampled_clients, num_clients, clipped_count_stddev }: Split) =>
    splitNoise(z, (num_sampled_clients ?? num_clients)!, clipped_count_stddev ?? null);

  it.each(cases)('shares the noise out as in $id', ({ input, expected, tolerance_abs }) => {
    if (expected === 'ERROR') {
      expect(() => split(input)).toThrow(
        /noise_multiplier < 2 · noise_count_stddev: got 10, and 5 of n = 100/,
      );
      return;
    }
    const { values, count } = split(input);
    expect(Math.abs(count - expected.clipped_count_stddev)).toBeLessThanOrEqual(tolerance_abs);
    const { noise_multiplier_value: exact = values, value_noise_multiplier_greater_than: least = -1 } =
      expected;
    expect(Math.abs(values - exact)).toBeLessThanOrEqual(tolerance_abs);
    expect(values).toBeGreaterThan(least);
  });

  it('moves by a count with noise, and its values get what is left', async () => {
    const adaptive = { quantile: 1, lr: 1, geometric: false };
    const rule = createRule({ multiplier: 1, countStddev: 1 }, { adaptive });
    // One draw for each value, and the next for the count.
    const gaussian = createGaussian(1);
    const drawn = Array.from({ length: MANY }, gaussian);
    const { mean, state } = await rule(zeros(4));
    // z_Δ = (1 − 1/4)^−½.
    expect(mean[0]).toBeCloseTo((drawn[0]! * Math.sqrt(4 / 3)) / 4, 5);
    expect(Math.abs(stddev(mean) * 4 * Math.sqrt(3 / 4) - 1)).toBeLessThan(0.01);
    expect(state.clip![0]).toBeCloseTo(1 - gaussian() / 4, 5);
  });
});

describe('the noise of a tree', () => {
  interface Tree {
    readonly total_steps: number;
    readonly noise_std: number;
    readonly efficient: boolean;
  }
  it.each(loadCases<Tree, number>('tff-tree-variance'))(
    'in the sum of the steps is that of $id',
    async ({ input, expected, tolerance_abs }) => {
      const rule = createRule({
        multiplier: input.noise_std,
        mechanism: input.efficient ? 'efficient-tree' : 'tree',
      });
      const sum = new Float64Array(MANY);
      for (let step = 0; step < input.total_steps; step++)
        (await rule(zeros(1))).mean.forEach((value, i) => (sum[i]! += value));
      expect(Math.abs(stddev(sum) / Math.sqrt(expected) - 1)).toBeLessThan(tolerance_abs / 5);
    },
  );

  it.each(['tree', 'efficient-tree'] as const)(
    'in the sum grows with the number of its binary digits alone: %s',
    async (mechanism) => {
      const rule = createRule({ mechanism });
      const sum = new Float64Array(MANY);
      for (let step = 1; step <= 16; step++) {
        (await rule(zeros(1))).mean.forEach((value, i) => (sum[i]! += value));
        const nodes = [...step.toString(2)]
          .reverse()
          .flatMap((digit, level) => (digit === '1' ? [level] : []));
        // A node over 2^h steps, estimated from below: 1 / (2 − 2^−h).
        const variance = nodes
          .map((level) => (mechanism === 'tree' ? 1 : 1 / (2 - 2 ** -level)))
          .reduce((a, b) => a + b);
        expect(Math.abs(stddev(sum) / Math.sqrt(variance) - 1), `after step ${step}`).toBeLessThan(0.02);
      }
    },
  );

  it('hides each step as well as noise of its own would', async () => {
    const rule = createRule({ mechanism: 'tree' });
    for (let step = 1; step <= 8; step++) expect(stddev((await rule(zeros(1))).mean)).toBeGreaterThan(0.99);
  });
});

describe('runs that would be taken for private and are not', () => {
  const parse = (raw: object) =>
    parseRunArguments(createRegistry(), { noise_multiplier: 1, aggregator: 'norm-clipping', ...raw });

  it.each([
    [{ aggregator: null }, /^noise_multiplier: .*'norm-clipping', not by 'mean'/],
    [{ aggregator: 'median' }, /^noise_multiplier: .*not by 'median'/],
    [{ algorithm: 'SCAFFOLD' }, /^noise_multiplier: SCAFFOLD sends delta_c next to updates/],
    [{ noise_mechanism: 'tree', clip_quantile: 0.5 }, /^noise_mechanism: 'tree' needs a bound that stays/],
  ])('are refused: %o', (raw, message) => {
    expect(() => parse(raw)).toThrow(message);
    if (!('algorithm' in raw)) expect(() => parse({ ...raw, noise_multiplier: 0 })).not.toThrow();
  });

  it('are none of these', () => {
    for (const raw of [{}, { clip_quantile: 0.5 }, { noise_mechanism: 'tree', algorithm: 'FedAvgM' }])
      expect(() => parse(raw)).not.toThrow();
  });
});
