import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRegistry } from '../src/index.js';
import { createServer } from './server.js';

const SIZE = 3;
const value = fc.double({ min: -5, max: 5, noNaN: true });
const vector = fc
  .array(value, { minLength: SIZE, maxLength: SIZE })
  .map((values) => Float64Array.from(values));
const cohort = fc.array(vector, { minLength: 1, maxLength: 4 });

/** Arguments with which what comes can weigh nothing. */
const settings: Readonly<Record<string, object>> = {
  'q-FedAvg': { q: 200 },
  FedBuff: { server_momentum: 0.5, staleness_rule: 'threshold', staleness_beyond: 0 },
  FedAsync: { staleness_rule: 'threshold', staleness_beyond: 0 },
};
const algorithms = createRegistry()
  .list()
  .map(({ algorithm }) => algorithm)
  .filter(({ exchange }) => exchange === undefined);

describe.each(algorithms)('$name', ({ name, server }) => {
  const after = async (updates: readonly Float64Array[], weightless: readonly Float64Array[]) => {
    const one = createServer({ algorithm: name, ...settings[name] }, [1, -2, 3]);
    const round = (given: readonly Float64Array[], counts: boolean) =>
      server?.asynchronous === undefined
        ? one.round(
            given.map((update) => ({
              update,
              samples: counts ? 5 : 0,
              values: { loss: counts ? 1 : 1e-3, squared_norm: 1, a: 2 },
              received: { delta_c: update },
            })),
          )
        : one.arrive(
            given.map((update) => ({
              start: [...new Float64Array(SIZE)],
              local: [...update],
              staleness: counts ? 0 : 1000,
            })),
          );
    const before = await round(updates, true);
    const state = structuredClone(one.state);
    return { before, state, weights: await round(weightless, false), stateAfter: one.state };
  };

  it('stays, with all that it carries, where nothing weighs anything', async () => {
    await fc.assert(
      fc.asyncProperty(cohort, cohort, async (updates, weightless) => {
        const { before, state, weights, stateAfter } = await after(updates, weightless);
        expect(weights).toEqual(before);
        expect(stateAfter).toEqual(state);
      }),
      { numRuns: 20 },
    );
  });

  it('gives no NaN', async () => {
    await fc.assert(
      fc.asyncProperty(cohort, cohort, async (updates, weightless) => {
        const { before, weights } = await after(updates, weightless);
        expect([...before, ...weights].every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});
