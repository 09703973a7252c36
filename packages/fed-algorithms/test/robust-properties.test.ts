import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  aggregate,
  aggregators,
  createEngine,
  type AggregateOptions,
  type AggregatorName,
} from '../src/index.js';
import { engines } from './engines.js';

const names = aggregators.map(({ name }) => name);
const DIMENSION = 3;
/** So that every rule runs: Bulyan with one malicious update needs seven. */
const COUNT = 9;
const BYZANTINE = 1;
const U = 2 ** -24;
const settings = {
  byzantine: BYZANTINE,
  krum_selected: 4,
  trim: 0.23,
  clip_radius: 2,
  clip_norm: 3,
  value_bound: 64,
  value_bits: 32,
  weiszfeld_iterations: 1000,
};

const coordinate = fc.integer({ min: -1000, max: 1000 }).map((value) => value / 64);
const vector = fc
  .array(coordinate, { minLength: DIMENSION, maxLength: DIMENSION })
  .map((values) => Float32Array.from(values));
const updates = fc.array(vector, { minLength: COUNT, maxLength: COUNT });
/** No two distances alike: rules that choose then choose the same whatever the order and the rounding. */
const distinct = updates.filter((vectors) => {
  const distances = vectors.flatMap((a, i) => vectors.slice(0, i).map((b) => norm(minus(a, b)) ** 2));
  const sorted = distances.toSorted((a, b) => a - b);
  return sorted.every((value, i) => i === 0 || value - sorted[i - 1]! > 1e-3);
});
/** Scaled by powers of two: exact in float32. */
const scale = fc.integer({ min: -8, max: 8 }).map((power) => 2 ** power);
const extreme = fc
  .tuple(vector, fc.constantFrom(1, 1e3, 1e12, 1e30, -1e30))
  .map(([direction, size]) => direction.map((value) => value * size));

const minus = (a: Float32Array, b: Float32Array) => a.map((value, i) => value - b[i]!);
const plus = (a: Float32Array, b: Float32Array) => a.map((value, i) => value + b[i]!);
const norm = (a: Float32Array) => Math.hypot(...a);
const mean = (vectors: readonly Float32Array[]) =>
  vectors[0]!.map((_, i) => vectors.reduce((sum, each) => sum + each[i]!, 0) / vectors.length);
const largest = (vectors: readonly Float32Array[]) =>
  Math.max(1e-3, ...vectors.flatMap((each) => [...each].map(Math.abs)));

function expectNear(got: Float32Array, expected: Float32Array, bound: number): void {
  const far = Math.max(...minus(got, expected).map(Math.abs));
  expect(far, `${got.join()} for ${expected.join()}`).toBeLessThanOrEqual(bound);
}

describe.each(engines)('on the engine $name', (engine) => {
  const run = (name: AggregatorName, vectors: readonly Float32Array[], options: AggregateOptions = {}) =>
    aggregate(name, vectors, { ...settings, engine, ...options });
  /** Roundings of a few dozen operations. */
  const slack = (vectors: readonly Float32Array[]) => 64 * U * largest(vectors) + 1e-6;
  /** Near an update Weiszfeld's steps are short: they end when float32 cannot distinguish two successive steps. */
  const within = (name: AggregatorName, vectors: readonly Float32Array[]) =>
    slack(vectors) + (name === 'geometric-median' ? 1e-4 * largest(vectors) : 0);

  it.each(names)('%s does not depend on the order of the updates', async (name) => {
    const shuffled = distinct.chain((given) =>
      fc.tuple(
        fc.constant(given),
        fc.shuffledSubarray([...given.keys()], { minLength: given.length, maxLength: given.length }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(shuffled, async ([given, order]) => {
        const weights = given.map((_, k) => k + 1);
        // With one malicious update Bulyan's last choices are between pairs at one distance from each other.
        const byzantine = name === 'bulyan' ? 0 : BYZANTINE;
        const first = await run(name, given, { weights, byzantine });
        const second = await run(
          name,
          order.map((k) => given[k]!),
          { weights: order.map((k) => weights[k]!), byzantine },
        );
        if (name === 'median' || name === 'fixed-point') expect(second).toEqual(first);
        else expectNear(second, first, within(name, given));
      }),
      { numRuns: 30 },
    );
  });

  it.each(names.filter((name) => name !== 'norm-clipping'))('%s moves with the updates', async (name) => {
    await fc.assert(
      fc.asyncProperty(distinct, vector, async (given, shift) => {
        const still = await run(name, given, { state: { last: new Float32Array(DIMENSION) } });
        const moved = given.map((each) => plus(each, shift));
        const got = await run(name, moved, { state: { last: shift.slice() } });
        expectNear(got, plus(still, shift), 2 * within(name, [...given, shift, ...moved]));
      }),
      { numRuns: 30 },
    );
  });

  it.each(names)('%s scales with the updates', async (name) => {
    await fc.assert(
      fc.asyncProperty(distinct, scale, async (given, factor) => {
        const unscaled = await run(name, given);
        const scaled = given.map((each) => each.map((value) => value * factor));
        const got = await run(name, scaled, {
          clip_radius: settings.clip_radius * factor,
          clip_norm: settings.clip_norm * factor,
          value_bound: settings.value_bound * factor,
          weiszfeld_smoothing: 1e-6 * factor,
        });
        expectNear(
          got,
          unscaled.map((value) => value * factor),
          factor * within(name, given),
        );
      }),
      { numRuns: 30 },
    );
  });

  it.each(names)('%s agrees with float64', async (name) => {
    const reference = createEngine('plain');
    await fc.assert(
      fc.asyncProperty(distinct, async (given) => {
        expectNear(
          await run(name, given),
          await run(name, given, { engine: reference }),
          within(name, given),
        );
      }),
      { numRuns: 30 },
    );
  });

  it.each(names)('%s of updates without any weight is zero', async (name) => {
    await fc.assert(
      fc.asyncProperty(updates, async (given) => {
        const got = await run(name, given, { weights: given.map(() => 0) });
        expect(got).toEqual(new Float32Array(DIMENSION));
      }),
      { numRuns: 10 },
    );
  });

  it.each(names)('%s of updates that are all the same is that update', async (name) => {
    const wide = { byzantine: 0, clip_norm: 1e3, clip_radius: 1e3 };
    await fc.assert(
      fc.asyncProperty(vector, fc.integer({ min: 4, max: 12 }), async (update, count) => {
        const got = await run(
          name,
          Array.from({ length: count }, () => update),
          wide,
        );
        expectNear(got, update, slack([update]));
      }),
      { numRuns: 10 },
    );
  });

  it.each(names)('%s of a model without values has none', async (name) => {
    const empty = Array.from({ length: COUNT }, () => new Float32Array(0));
    expect(await run(name, empty)).toEqual(new Float32Array(0));
  });

  it('median and trimmed mean stay within the honest values at their maximum number of malicious updates', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(vector, { minLength: 5, maxLength: 5 }),
        fc.array(extreme, { minLength: 4, maxLength: 4 }),
        async (honest, malicious) => {
          const all = [...honest, ...malicious];
          for (const got of [await run('median', all), await run('trimmed-mean', all, { trim: 4 / 9 })])
            got.forEach((value, i) => {
              const values = honest.map((each) => each[i]!);
              expect(value).toBeGreaterThanOrEqual(Math.min(...values));
              expect(value).toBeLessThanOrEqual(Math.max(...values));
            });
        },
      ),
    );
  });

  it('Bulyan stays within the honest range on each side of the honest values', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(vector, { minLength: 9, maxLength: 9 }),
        fc.array(extreme, { minLength: 2, maxLength: 2 }),
        async (honest, malicious) => {
          const got = await run('bulyan', [...malicious, ...honest], { byzantine: 2 });
          got.forEach((value, i) => {
            const values = honest.map((each) => each[i]!);
            const range = Math.max(...values) - Math.min(...values);
            const rounding = slack(honest);
            expect(value).toBeGreaterThanOrEqual(Math.min(...values) - range - rounding);
            expect(value).toBeLessThanOrEqual(Math.max(...values) + range + rounding);
          });
        },
      ),
    );
  });

  it('Krum and MultiKrum stay as near to the honest updates as these lie to each other, √(n − f − 2) times', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(vector, { minLength: 6, maxLength: 6 }),
        fc.array(extreme, { minLength: 2, maxLength: 2 }),
        async (honest, malicious) => {
          const diameter = Math.max(...honest.flatMap((a) => honest.map((b) => norm(minus(a, b)))));
          // What is chosen scores no worse than some honest update, and one of its nearest is honest.
          const bound = Math.sqrt(8 - 2 - 2) * diameter + slack(honest);
          for (const name of ['krum', 'multi-krum'] as const) {
            const got = await run(name, [...malicious, ...honest], { byzantine: 2, krum_selected: 6 });
            const farthest = name === 'krum' ? bound : bound + diameter;
            expect(Math.min(...honest.map((each) => norm(minus(got, each))))).toBeLessThanOrEqual(farthest);
          }
        },
      ),
    );
  });

  it('the geometric median stays within its bound of the honest mean', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(vector, { minLength: 6, maxLength: 6 }),
        fc.array(extreme, { minLength: 3, maxLength: 3 }),
        async (honest, malicious) => {
          // The steps that a run takes by default are enough, however far out the malicious ones lie.
          const got = await run('geometric-median', [...honest, ...malicious], {
            weiszfeld_iterations: 50,
          });
          const center = mean(honest);
          const spread = Math.max(...honest.map((each) => norm(minus(each, center))));
          // 2 (n − f) / (n − 2 f) times the largest distance of an honest update.
          expect(norm(minus(got, center))).toBeLessThanOrEqual(((2 * 6) / 3) * spread + slack(honest));
        },
      ),
    );
  });

  it('norm clipping is never longer than its bound', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(extreme, { minLength: 1, maxLength: 6 }), async (given) => {
        const got = await run('norm-clipping', given, { clip_norm: 0.5 });
        expect(norm(got)).toBeLessThanOrEqual(0.5 * (1 + 1e-5));
      }),
    );
  });

  it('one update moves the fixed-point mean by its share of the bound on both sides at most', async () => {
    await fc.assert(
      fc.asyncProperty(updates, extreme, extreme, async (honest, one, other) => {
        const of = (malicious: Float32Array) =>
          run('fixed-point', [...honest, malicious], { value_bound: 0.5 });
        const moved = minus(await of(one), await of(other)).map(Math.abs);
        expect(Math.max(...moved)).toBeLessThanOrEqual((2 * 0.5) / (COUNT + 1) + 2 * U);
      }),
    );
  });

  it('one step of centered clipping lets f malicious updates move it by 2 τ f / n at most', async () => {
    await fc.assert(
      fc.asyncProperty(updates, extreme, extreme, async (honest, one, other) => {
        const of = (malicious: Float32Array) =>
          run('centered-clipping', [...honest, malicious], { clip_radius: 0.5, clip_iterations: 1 });
        const moved = norm(minus(await of(one), await of(other)));
        expect(moved).toBeLessThanOrEqual((2 * 0.5) / (COUNT + 1) + slack(honest));
      }),
    );
  });

  it('Bulyan refuses fewer than 4f + 3 updates', async () => {
    await expect(
      run(
        'bulyan',
        Array.from({ length: 6 }, () => new Float32Array(2)),
      ),
    ).rejects.toThrow('Bulyan needs n ≥ 4f + 3 updates: n = 6, f = 1 (byzantine) needs 7');
  });
});
