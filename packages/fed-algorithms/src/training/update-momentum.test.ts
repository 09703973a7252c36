import { expect, it } from 'vitest';
import { trainCase } from '../../test/local-case.js';
import { distance, loadCases } from '../../test/vectors.js';
import { aggregate } from '../aggregate.js';
import type { Vectors } from '../vector.js';

/** A participant whose update is `step` in each round that it trains in. */
const trainBy = (step: number, args: object, state?: Vectors) =>
  trainCase(
    { W: [[0]], X: [[1]], targets: [[1000]], lr: step, epochs: 1 },
    { algorithm: 'FedAvg', ...args },
    {},
    state,
  );

interface Rounds {
  readonly rounds: number[][];
  readonly clippingRadius: number;
  readonly maxIterations: number;
  readonly beta: number;
}
it.each(loadCases<Rounds, number[]>('disco-momentum'))(
  'participants send momentum as in $id',
  async ({ input, expected, tolerance_abs }) => {
    const states: Vectors[] = [];
    const got: number[] = [];
    for (const steps of input.rounds) {
      const updates: Float32Array[] = [];
      for (const [k, step] of steps.entries()) {
        const { update, state } = await trainBy(step, { client_momentum: input.beta }, states[k]);
        states[k] = state;
        updates.push(Float32Array.from(update));
      }
      const options = { clip_radius: input.clippingRadius, clip_iterations: input.maxIterations };
      got.push(...(await aggregate('centered-clipping', updates, options)));
    }
    expect(distance(got, expected)).toBeLessThanOrEqual(tolerance_abs);
  },
);

it('update momentum is stored with the state of the algorithm and does not change it', async () => {
  const scaffold = { algorithm: 'SCAFFOLD' };
  const train = (args: object) =>
    trainCase(
      { W: [[0]], X: [[1]], targets: [[1000]], lr: 2, epochs: 1 },
      { ...scaffold, ...args },
      { c: Float64Array.of(0) },
    );
  const [plain, slow] = [await train({}), await train({ client_momentum: 0.75 })];
  expect([...slow.update]).toEqual([0.25 * plain.update[0]!]);
  expect(slow.state).toEqual({ ...plain.state, momentum: slow.update });
  expect(slow.trained.weights).toEqual(plain.trained.weights);
});

it('update momentum is not stored by a participant unless a run requests it', async () => {
  expect((await trainBy(2, {})).state).toEqual({});
});
