import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregate } from '../aggregate.js';
import { distance, flatten, loadCases, type Nested } from '../../test/vectors.js';

const updates = fc.integer({ min: 1, max: 20 }).chain((size) =>
  fc.array(fc.float32Array({ noNaN: true, noDefaultInfinity: true, minLength: size, maxLength: size }), {
    minLength: 1,
    maxLength: 9,
  }),
);

describe('median', () => {
  type Clients = { clients: { weights: Nested }[] };
  it.each(loadCases<Clients, Nested>('flower-median'))(
    'computes $id of Flower',
    async ({ input, expected }) => {
      // The peer computes in float64: its numbers are compared as float32.
      const median = await aggregate(
        'median',
        input.clients.map((client) => flatten(client.weights)),
      );
      expect(distance(median, flatten(expected))).toBe(0);
    },
  );

  it('is the mean of the two middle values for an even count', async () => {
    const columns = [[4], [1], [3], [100]].map((column) => Float32Array.from(column));
    expect([...(await aggregate('median', columns))]).toEqual([3.5]);
  });

  it('returns the update if there is only one', async () => {
    const update = Float32Array.of(1, -2, 0.1);
    expect(await aggregate('median', [update])).toEqual(update);
  });

  it('does not change with the order of the updates', async () => {
    const shuffled = updates.chain((set) =>
      fc.tuple(fc.constant(set), fc.shuffledSubarray(set, { minLength: set.length, maxLength: set.length })),
    );
    await fc.assert(
      fc.asyncProperty(shuffled, async ([given, other]) => {
        expect(await aggregate('median', other)).toEqual(await aggregate('median', given));
      }),
    );
  });

  it('leaves at most half of the values on each side', async () => {
    await fc.assert(
      fc.asyncProperty(updates, async (set) => {
        const median = await aggregate('median', set);
        median.forEach((middle, i) => {
          expect(set.filter((update) => update[i]! < middle).length).toBeLessThanOrEqual(set.length / 2);
          expect(set.filter((update) => update[i]! > middle).length).toBeLessThanOrEqual(set.length / 2);
        });
      }),
    );
  });
});
