import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregate, createEngine, engineNames, type Engine } from '../src/index.js';
import { createLargeAccumulator } from '../src/engines/simd/large-accumulator.js';
import { engines as there } from './engines.js';
import { distance, flatten, loadCases, type Nested } from './vectors.js';

const engines: Engine[] = [
  ...there,
  { ...createEngine('simd'), name: 'simd above 4 GiB', accumulator: createLargeAccumulator },
];
const float = fc.float({ noNaN: true, noDefaultInfinity: true });
const vector = fc.float32Array({ noNaN: true, noDefaultInfinity: true, minLength: 0, maxLength: 300 });
const bits = (values: Float32Array) => new Uint32Array(values.buffer, values.byteOffset, values.length);

function fold(engine: Engine, vectors: readonly Float32Array[], weights: readonly number[], scale: number) {
  const accumulator = engine.accumulator(vectors[0]?.length ?? 0);
  vectors.forEach((piece, k) => accumulator.add(piece, 0, weights[k]!));
  return accumulator.take(scale);
}

describe.each(engines)('engine $name', (engine) => {
  it('starts from zero', () => {
    expect([...engine.accumulator(3).take(1)]).toEqual([0, 0, 0]);
  });

  it('adds weighted vectors and scales the sum', () => {
    const sum = fold(engine, [Float32Array.of(1, 2, 3), Float32Array.of(10, 20, 30)], [1, 3], 0.25);
    expect([...sum]).toEqual([7.75, 15.5, 23.25]);
  });

  it.each([0, 1, 3, 4, 15, 16, 17, 16_383, 16_384, 16_385, 40_003])('sums all of %i values', (size) => {
    const piece = Float32Array.from({ length: size }, (_, i) => i % 1000);
    const accumulator = engine.accumulator(size);
    accumulator.add(piece, 0, 2);
    accumulator.add(piece, 0, 1);
    expect(accumulator.take(1)).toEqual(piece.map((value) => 3 * value));
  });

  it('adds a piece that is a view into a larger vector', () => {
    const accumulator = engine.accumulator(4);
    accumulator.add(Float32Array.of(9, 1, 2, 9).subarray(1, 3), 1, 1);
    expect([...accumulator.take(1)]).toEqual([0, 1, 2, 0]);
  });

  it('gives the same bits however a vector is cut into pieces', () => {
    fc.assert(
      fc.property(vector, vector, float, fc.array(fc.nat(300)), (first, second, weight, cuts) => {
        const size = Math.min(first.length, second.length);
        const vectors = [first.slice(0, size), second.slice(0, size)];
        const accumulator = engine.accumulator(size);
        const edges = [0, ...cuts.filter((cut) => cut < size), size].toSorted((a, b) => a - b);
        for (const values of vectors)
          edges
            .slice(1)
            .forEach((end, i) => accumulator.add(values.subarray(edges[i], end), edges[i]!, weight));
        expect(bits(accumulator.take(0.5))).toEqual(bits(fold(engine, vectors, [weight, weight], 0.5)));
      }),
    );
  });

  it('leaves the sum as it is for a weight of zero', () => {
    fc.assert(
      fc.property(vector, float, (values, weight) => {
        const alone = fold(engine, [values], [weight], 1);
        expect(fold(engine, [values, values.map((value) => value + 1)], [weight, 0], 1)).toEqual(alone);
      }),
    );
  });

  it('hands out a vector that the work of other accumulators does not change', () => {
    const take = (value: number) => {
      const accumulator = engine.accumulator(2);
      accumulator.add(Float32Array.of(value, 2 * value), 0, 1);
      return accumulator.take(2);
    };
    const taken = take(1);
    expect([...take(5)]).toEqual([10, 20]);
    expect([...taken]).toEqual([2, 4]);
  });

  it('begins with zeros, also in memory that served before', () => {
    const size = 100_000;
    const first = engine.accumulator(size);
    first.add(new Float32Array(size).fill(7), 0, 1);
    engine.recycle?.(first.take(1));
    const second = engine.accumulator(size);
    second.add(Float32Array.of(1, 1), 50_000, 1);
    second.add(Float32Array.of(1), 3, 1);
    const sum = second.take(1);
    expect(sum.reduce((total, value) => total + value, 0)).toBe(3);
    expect([sum[3], sum[50_000], sum[50_001]]).toEqual([1, 1, 1]);
    engine.recycle?.(sum);
    expect(
      engine
        .accumulator(size)
        .take(1)
        .some((value) => value !== 0),
    ).toBe(false);
  });

  it.each([
    [-1, 1],
    [3, 2],
    [0, 5],
  ])('refuses a piece at %i of %i values that leaves a vector of 4', (offset, length) => {
    expect(() => engine.accumulator(4).add(new Float32Array(length), offset, 1)).toThrow(
      /leaves a vector of 4/,
    );
  });

  it('computes the weighted means of Flower', async () => {
    type Clients = { clients: { weights: Nested; num_examples: number }[] };
    for (const { input, expected, tolerance_abs } of loadCases<Clients, Nested>('flower-fedavg')) {
      const models = input.clients.map((client) => flatten(client.weights));
      const mean = await aggregate('mean', models, {
        weights: input.clients.map((c) => c.num_examples),
        engine,
      });
      expect(distance(mean, flatten(expected))).toBeLessThanOrEqual(tolerance_abs);
    }
  });

  const means = loadCases<{ values: Nested[]; weights?: number[] }, Nested>('tff-mean');
  it.each(means)(
    'computes $id of TensorFlow Federated: $algorithm',
    async ({ input, expected, tolerance_abs }) => {
      const { weights = input.values.map(() => 1) } = input;
      const mean = await aggregate('mean', input.values.map(flatten), { weights, engine });
      expect(distance(mean, flatten(expected))).toBeLessThanOrEqual(tolerance_abs);
    },
  );
});

describe('engines', () => {
  it('agree bit for bit', () => {
    const updates = fc
      .integer({ min: 0, max: 200 })
      .chain((size) =>
        fc.array(
          fc.tuple(
            fc.float32Array({ noNaN: true, noDefaultInfinity: true, minLength: size, maxLength: size }),
            float,
          ),
          { minLength: 1, maxLength: 5 },
        ),
      );
    const finite = (sum: Float32Array) =>
      bits(sum.map((value) => (Number.isNaN(value) ? Number.NaN : value)));
    fc.assert(
      fc.property(updates, float, (weighted, scale) => {
        const results = engines.map((engine) =>
          fold(
            engine,
            weighted.map(([values]) => values),
            weighted.map(([, weight]) => weight),
            scale,
          ),
        );
        for (const result of results) expect(finite(result)).toEqual(finite(results[0]!));
      }),
    );
  });

  it('are chosen by name, and simd by default', () => {
    expect(engineNames.map((name) => createEngine(name).name)).toEqual([...engineNames]);
    expect(createEngine().name).toBe('simd');
  });

  it('take vectors that are too large for one WebAssembly memory', () => {
    // Not taken: that would touch all of its memory.
    const accumulator = createEngine('simd').accumulator(2 ** 30 + 3);
    accumulator.add(Float32Array.of(1, 2, 3), 2 ** 30, 1);
    expect(() => accumulator.add(Float32Array.of(1, 2, 3), 2 ** 30 + 1, 1)).toThrow(RangeError);
  });
});
