import { describe, expect, it } from 'vitest';
import { aggregate, type AggregateOptions, type AggregatorName, type UpdateSet } from '../src/index.js';
import { nextClip } from '../src/aggregators/adaptive-clip.js';
import { createNormClipping } from '../src/aggregators/norm-clipping.js';
import { squaredDistances } from '../src/aggregators/squared-distances.js';
import { engines } from './engines.js';
import { distance, flatten, loadCases, type Nested } from './vectors.js';

/** Relative tolerance of float32 results against float64 reference values. */
const FLOAT32 = 2e-6;

interface Clients {
  readonly clients: readonly { readonly weights: Nested; readonly num_examples: number }[];
}

function updateSet(updates: readonly Float32Array[], weights = updates.map(() => 1)): UpdateSet {
  const read = async (index: number, start: number, target: Float32Array) =>
    target.set(updates[index]!.subarray(start, start + target.length));
  return { count: updates.length, size: updates[0]!.length, weights, read };
}

describe.each(engines)('on the engine $name', (engine) => {
  const run = (name: AggregatorName, { clients }: Clients, options: AggregateOptions = {}) =>
    aggregate(
      name,
      clients.map(({ weights }) => flatten(weights)),
      { weights: clients.map(({ num_examples }) => num_examples), engine, ...options },
    );

  it.each(loadCases<Clients, Nested>('flower-median'))('median: $id', async ({ input, expected }) => {
    expect(distance(await run('median', input), flatten(expected))).toBe(0);
  });

  it.each(loadCases<Clients & { beta: number }, Nested>('flower-trimmed'))(
    'trimmed mean: $id',
    async ({ input, expected }) => {
      const got = await run('trimmed-mean', input, { trim: input.beta });
      expect(distance(got, flatten(expected))).toBeLessThan(FLOAT32);
    },
  );

  it.each(loadCases<Clients & { num_malicious: number; num_to_select: number }, Nested>('flower-krum'))(
    'Krum: $id',
    async ({ input, expected }) => {
      const options = { byzantine: input.num_malicious, krum_selected: input.num_to_select };
      const got = await run(input.num_to_select === 1 ? 'krum' : 'multi-krum', input, options);
      expect(distance(got, flatten(expected))).toBeLessThan(FLOAT32);
    },
  );

  it.each(loadCases<Clients, readonly (readonly number[])[]>('flower-krum-distances'))(
    'distances: $id',
    async ({ input, expected }) => {
      const updates = input.clients.map(({ weights }) => flatten(weights));
      const got = await squaredDistances(updateSet(updates), engine.columns);
      expected
        .flat()
        .forEach((value, at) => expect(Math.abs(got[at]! - value)).toBeLessThanOrEqual(1e-6 * value));
    },
  );

  it.each(loadCases<Clients & { num_malicious: number }, Nested>('flower-bulyan'))(
    'Bulyan: $id',
    async ({ input, expected }) => {
      const got = await run('bulyan', input, { byzantine: input.num_malicious });
      expect(distance(got, flatten(expected))).toBeLessThan(FLOAT32);
    },
  );

  it.each(loadCases<{ updates: readonly Nested[]; num_malicious: number }, Nested>('fedml-bulyan'))(
    'Bulyan: $id',
    async ({ input, expected, tolerance_abs }) => {
      const options = { byzantine: input.num_malicious, engine };
      const got = await aggregate('bulyan', input.updates.map(flatten), options);
      expect(distance(got, flatten(expected))).toBeLessThanOrEqual(tolerance_abs);
    },
  );

  type Nearest = { reference: Nested; weights: readonly Nested[]; beta: number };
  it.each(loadCases<Nearest, Nested>('flower-nearest-to-median'))(
    "Bulyan's second step: $id",
    async ({ input, expected }) => {
      const center = flatten(input.reference);
      const out = new Float32Array(center.length);
      await engine.columns.meanAround(input.weights.map(flatten), center, input.beta, out);
      expect(distance(out, flatten(expected))).toBeLessThan(FLOAT32);
    },
  );

  type Impossible = Partial<Nearest> & { num_malicious?: number; clients?: number };
  const [beta, cohort] = loadCases<Impossible, 'ERROR'>('flower-bulyan-impossible');
  it(`${beta!.algorithm}: ${beta!.id}`, async () => {
    const { reference, weights, beta: keep } = beta!.input;
    const center = flatten(reference!);
    const around = async () =>
      engine.columns.meanAround(weights!.map(flatten), center, keep!, new Float32Array(center.length));
    await expect(around()).rejects.toThrow('a mean around a center needs 1 ≤ keep ≤ n: keep = 3, n = 2');
  });
  it(`${cohort!.algorithm}: ${cohort!.id}`, async () => {
    const { num_malicious: byzantine = 0, clients } = cohort!.input;
    const updates = Array.from({ length: clients! }, (_, k) => Float32Array.of(k));
    const refused = aggregate('bulyan', updates, { byzantine, engine });
    await expect(refused).rejects.toThrow(
      `Bulyan needs n ≥ 4f + 3 updates: n = ${clients}, f = ${byzantine}`,
    );
  });

  interface Clip {
    readonly values: readonly Nested[];
    readonly weights?: number[];
    readonly clip?: number;
    readonly zeroing_norm?: number;
    readonly norm_order?: number | 'inf';
  }
  it.each(loadCases<Clip, { result: Nested } | Nested>('tff-clipping'))(
    '$algorithm: $id',
    async ({ id, input, expected, tolerance_abs }) => {
      const { values, weights = values.map(() => 1), clip = Infinity, zeroing_norm: zeroAbove } = input;
      const updates = updateSet(values.map(flatten), weights);
      const zeroNorm = input.norm_order === 'inf' ? 'max' : 'euclidean';
      const mean = await createNormClipping({ clip, zeroAbove, zeroNorm }).aggregate(updates, engine);
      const isMean = id.includes('-mean-');
      const got = mean.map((value) => (isMean ? value : value * values.length));
      const result = flatten(
        typeof expected === 'object' && 'result' in expected ? expected.result : expected,
      );
      expect(distance(got, result)).toBeLessThanOrEqual(tolerance_abs);
    },
  );

  interface Adaptive {
    readonly initial_clip: number;
    readonly target_unclipped_quantile: number;
    readonly learning_rate: number;
    readonly geometric: boolean;
    readonly rounds: number;
    readonly values?: number[];
    readonly records?: number[];
  }
  it.each(
    loadCases<Adaptive, { sum: number[]; clip_after: number[] } | number[]>('tff-adaptive-clipping').filter(
      ({ input }) => 'initial_clip' in input,
    ),
  )('$algorithm: $id', async ({ algorithm, input, expected, tolerance_abs }) => {
    const values = input.values ?? input.records ?? [];
    const updates = updateSet(values.map((value) => Float32Array.of(value)));
    const rule = createNormClipping({
      clip: input.initial_clip,
      adaptive: {
        quantile: input.target_unclipped_quantile,
        lr: input.learning_rate,
        geometric: input.geometric,
      },
    });
    const state = rule.state!(1);
    const rounds = { sum: [] as number[], clip_after: [] as number[] };
    for (let round = 0; round < input.rounds; round++) {
      const [mean] = await rule.aggregate(updates, engine, state);
      rounds.sum.push(mean! * values.length);
      rounds.clip_after.push(state.clip![0]!);
    }
    const sums = Array.isArray(expected) ? expected : expected.sum;
    // One of the peer's tests gives means.
    const got = rounds.sum.map((sum) => (algorithm.includes('mean of') ? sum / values.length : sum));
    expect(distance(got, sums)).toBeLessThan(Math.max(tolerance_abs, FLOAT32));
    if (!Array.isArray(expected))
      expect(distance(rounds.clip_after, expected.clip_after)).toBeLessThanOrEqual(tolerance_abs);
  });

  type Centered = { updates: readonly Nested[]; clippingRadius: number; maxIterations: number };
  it.each(loadCases<Centered, Nested>('disco-centered-clipping'))(
    '$algorithm: $id',
    async ({ input, expected, tolerance_abs }) => {
      const updates = input.updates.map(flatten);
      // The peer starts from the mean: as if the last aggregate had been that.
      const state = { last: await aggregate('mean', updates, { engine }) };
      const got = await aggregate('centered-clipping', updates, {
        engine,
        state,
        clip_radius: input.clippingRadius,
        clip_iterations: input.maxIterations,
      });
      expect(distance(got, flatten(expected))).toBeLessThanOrEqual(tolerance_abs);
      expect(state.last).toEqual(got);
    },
  );

  type Points = { points: readonly Nested[]; weights: number[] };
  type PeerDefect = { true: number[] };
  it.each(loadCases<Points, Nested | PeerDefect>('geometric-median'))(
    '$algorithm: $id',
    async ({ input, expected, tolerance_abs }) => {
      const got = await aggregate('geometric-median', input.points.map(flatten), {
        weights: input.weights,
        weiszfeld_iterations: 1000,
        engine,
      });
      const exact = typeof expected === 'object' && 'true' in expected ? expected.true : flatten(expected);
      expect(distance(got, exact)).toBeLessThanOrEqual(Math.max(tolerance_abs, 1e-6));
    },
  );
});

it('a norm that is the bound lies within it', () => {
  expect(nextClip(1, [1, 2], { quantile: 0.5, lr: 1, geometric: false })).toBe(1);
});

interface Quantile {
  readonly initial: number;
  readonly target_quantile: number;
  readonly learning_rate: number;
  readonly geometric: boolean;
  readonly records: number[];
  readonly rounds?: number;
}
it.each(
  loadCases<Quantile, number | number[]>('tff-adaptive-clipping').filter(({ input }) => 'initial' in input),
)('$algorithm: $id', ({ input, expected, tolerance_abs }) => {
  const { initial, records, rounds = 1, geometric } = input;
  const adaptive = { quantile: input.target_quantile, lr: input.learning_rate, geometric };
  const estimates: number[] = [];
  for (let round = 0; round < rounds; round++)
    estimates.push(nextClip(estimates.at(-1) ?? initial, records, adaptive));
  expect(distance(estimates, [expected].flat())).toBeLessThanOrEqual(tolerance_abs);
});
