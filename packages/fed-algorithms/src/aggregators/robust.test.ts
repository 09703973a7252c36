import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregate, type AggregateOptions, type AggregatorName } from '../index.js';
import { distance, flatten, loadCases, type Nested } from '../../test/vectors.js';

interface Clients {
  clients: { weights: Nested; num_examples: number }[];
}
const run = (name: AggregatorName, { clients }: Clients, options: AggregateOptions) =>
  aggregate(
    name,
    clients.map(({ weights }) => flatten(weights)),
    { weights: clients.map(({ num_examples }) => num_examples), ...options },
  );
const bits = (values: Float32Array) => new Uint32Array(values.buffer);
const float = fc.float({ noNaN: true, noDefaultInfinity: true, min: -100, max: 100 });

/** Relative tolerance of float32 results against float64 reference values. */
const FLOAT32 = 2e-6;

describe('trimmed-mean', () => {
  it.each(loadCases<Clients & { beta: number }, Nested>('flower-trimmed'))(
    'computes $id of Flower',
    async ({ input, expected }) => {
      const got = await run('trimmed-mean', input, { trim: input.beta });
      expect(distance(got, flatten(expected))).toBeLessThan(FLOAT32);
    },
  );

  it('stays among the honest values while the share cut holds all the others', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(float, { minLength: 8, maxLength: 8 }),
        fc.array(fc.constantFrom(1e30, -1e30), { minLength: 2, maxLength: 2 }),
        async (honest, malicious) => {
          const [value] = await aggregate(
            'trimmed-mean',
            [...honest, ...malicious].map((each) => Float32Array.of(each)),
            { trim: 0.2 },
          );
          const slack = 1e-4;
          expect(value).toBeGreaterThanOrEqual(Math.min(...honest) - slack);
          expect(value).toBeLessThanOrEqual(Math.max(...honest) + slack);
        },
      ),
    );
  });

  it('cuts three of ten for a share of 0.3', async () => {
    const values = [0, 0, 0, 5, 5, 5, 5, 1e9, 1e9, 1e9].map((value) => Float32Array.of(value));
    expect([...(await aggregate('trimmed-mean', values, { trim: 0.3 }))]).toEqual([5]);
    // In float64 0.29 · 100 is less than 29.
    const hundred = Array.from({ length: 100 }, (_, k) => Float32Array.of(k < 29 ? 0 : k < 71 ? 5 : 1e9));
    expect([...(await aggregate('trimmed-mean', hundred, { trim: 0.29 }))]).toEqual([5]);
  });
});

describe('krum', () => {
  it.each(loadCases<Clients & { num_malicious: number; num_to_select: number }, Nested>('flower-krum'))(
    'computes $id of Flower',
    async ({ input, expected }) => {
      const { num_malicious: byzantine, num_to_select: krum_selected } = input;
      const name = krum_selected === 1 ? 'krum' : 'multi-krum';
      const got = await run(name, input, { byzantine, krum_selected });
      expect(distance(got, flatten(expected))).toBeLessThan(FLOAT32);
    },
  );

  it.each(loadCases<Clients & { num_malicious: number }, Nested>('flower-krum-impossible'))(
    'refuses $id, which Flower computes, and states the inequality',
    async ({ input }) => {
      await expect(run('krum', input, { byzantine: input.num_malicious })).rejects.toMatchObject({
        code: 'impossible_setting',
        message: 'Krum needs n ≥ 2f + 3 updates: n = 3, f = 1 (byzantine) needs 5',
      });
    },
  );

  it('works from 2f + 3 updates on', async () => {
    const updates = (count: number) => Array.from({ length: count }, (_, k) => Float32Array.of(k));
    await expect(aggregate('krum', updates(4), { byzantine: 1 })).rejects.toThrow(/n = 4, f = 1 .* needs 5/);
    expect(await aggregate('krum', updates(5), { byzantine: 1 })).toHaveLength(1);
  });

  it('gives one of the honest updates, whatever f malicious ones that agree hold', async () => {
    const near = fc.array(float, { minLength: 3, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(near, { minLength: 5, maxLength: 8 }),
        fc.constantFrom(1e6, -1e6),
        async (honest, evil) => {
          const updates = [...honest, [evil, evil, evil]].map((each) => Float32Array.from(each));
          const got = bits(await aggregate('krum', updates, { byzantine: 1 }));
          expect(updates.slice(0, -1).map(bits)).toContainEqual(got);
        },
      ),
    );
  });

  it('does not depend on how large the model is against a block', async () => {
    const size = 40_000;
    const updates = Array.from({ length: 6 }, (_, k) => new Float32Array(size).fill(k === 5 ? 100 : k));
    updates[0]![size - 1] = 1e6;
    const got = await aggregate('multi-krum', updates, { byzantine: 1, krum_selected: 2 });
    // 1, 2, 3 and 4 lie together; 2 and 3 in their middle.
    expect(got).toEqual(new Float32Array(size).fill(2.5));
  });

  it('refuses to take more than there are', async () => {
    const updates = [1, 2, 3].map((value) => Float32Array.of(value));
    await expect(aggregate('multi-krum', updates, { krum_selected: 4 })).rejects.toThrow(
      'MultiKrum needs m ≤ n: m = 4 (krum_selected) of n = 3 updates',
    );
  });
});
