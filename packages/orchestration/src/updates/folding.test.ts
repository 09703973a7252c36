import fc from 'fast-check';
import { createAggregator, createEngine, createMean, type Aggregator } from '@synergos/fed-algorithms';
import { describe, expect, it } from 'vitest';
import { Folding } from './folding.js';

const cohort = ['a', 'b', 'c', 'd'];
const updates = {
  a: { values: [1e8, 0.1, -3, 0.2], weight: 3 },
  b: { values: [-1e8, 0.2, 5, 0.3], weight: 1 },
  c: { values: [1, 0.3, 0, 0.7], weight: 7 },
  d: { values: [0.5, 1e-8, 2, 0.9], weight: 2 },
};
type Name = keyof typeof updates;

async function aggregate(
  order: readonly string[],
  skipped: readonly string[] = [],
  aggregator: Aggregator = createMean(),
  total?: number,
) {
  const folding = new Folding({ aggregator, engine: createEngine(), size: 4, cohort });
  for (const name of order) {
    const { values, weight } = updates[name as Name];
    const staged = {
      size: 4,
      read: async (start: number, target: Float32Array) =>
        target.set(values.slice(start, start + target.length)),
    };
    if (skipped.includes(name)) folding.skip(name);
    else folding.add(name, staged, { weight });
  }
  return [...(await folding.finish(total === undefined ? total : { weight: total, plainWeight: total }))];
}

describe('folding', () => {
  it('gives the same bits whatever the order of arrival', async () => {
    const expected = await aggregate(cohort);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(cohort, { minLength: 4 }), async (order) => {
        expect(await aggregate(order)).toEqual(expected);
      }),
    );
  });

  it('skips who will not come, and counts whoever is silent as skipped', async () => {
    const [first] = await aggregate(['d', 'c', 'a', 'b'], ['a', 'b']);
    expect(first).toBeCloseTo((7 * 1 + 2 * 0.5) / 9, 6);
    expect(await aggregate(['d', 'c'])).toEqual(await aggregate(cohort, ['a', 'b']));
  });

  it('counts an update once', async () => {
    expect(await aggregate(['a', 'a', 'b', 'c', 'd', 'a'])).toEqual(await aggregate(cohort));
  });

  it('counts the first of a participant, whatever comes after it', async () => {
    const folding = new Folding({ aggregator: createMean(), engine: createEngine(), size: 1, cohort });
    const staged = (value: number) => ({
      size: 1,
      read: async (_start: number, target: Float32Array) => void target.fill(value),
    });
    folding.add('b', staged(6), { weight: 1 });
    folding.add('b', staged(60), { weight: 3 });
    folding.skip('b');
    folding.add('a', staged(2), { weight: 1 });
    folding.add('a', staged(20), { weight: 3 });
    folding.skip('a');
    expect([...(await folding.finish())]).toEqual([4]);
  });

  it('is zero without any update', async () => {
    expect(await aggregate([])).toEqual([0, 0, 0, 0]);
  });

  it('lets a rule that needs all updates read them', async () => {
    const median = await aggregate(['d', 'b', 'a', 'c'], [], createAggregator('median'));
    expect(median[1]).toBeCloseTo(0.15, 6);
    expect(median[2]).toBe(1);
  });

  it('takes weights for shares of a total, by every rule', async () => {
    const [mean, median] = [createMean(), createAggregator('median')];
    for (const rule of [mean, median]) {
      const whole = await aggregate(['c', 'd'], [], rule);
      const half = await aggregate(['c', 'd'], [], rule, 18);
      whole.forEach((value, i) => expect(half[i]).toBeCloseTo(value / 2, 6));
    }
  });

  it('fails where an update cannot be read', async () => {
    const folding = new Folding({ aggregator: createMean(), engine: createEngine(), size: 4, cohort });
    folding.add('a', { size: 4, read: () => Promise.reject(new Error('disk is gone')) }, { weight: 1 });
    await expect(folding.finish()).rejects.toThrow('disk is gone');
  });
});
