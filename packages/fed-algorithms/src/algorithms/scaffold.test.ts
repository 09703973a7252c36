import { describe, expect, it } from 'vitest';
import { trainCase, type LocalCase } from '../../test/local-case.js';
import { createServer } from '../../test/server.js';
import { distance, flatten, loadCases, type Nested } from '../../test/vectors.js';

const vectorOf = (size: number, value: number) => new Float64Array(size).fill(value);

describe('SCAFFOLD', () => {
  interface Local extends LocalCase {
    readonly server_c: number;
    readonly client_c: number;
  }
  interface Expected {
    readonly delta: Nested;
    readonly control_variate_message: Nested;
    readonly loss_before: number;
    readonly loss_after: number;
  }
  it.each(loadCases<Local, Expected>('scaffold-local'))(
    'trains locally as in $id of pfl-research',
    async ({ input, expected, tolerance_abs }) => {
      const size = input.W.flat().length;
      const c = vectorOf(size, -input.server_c);
      const c_k = vectorOf(size, -input.client_c);
      const { update, vectors, model, samples, global } = await trainCase(
        input,
        { algorithm: 'SCAFFOLD' },
        { c },
        { c_k },
      );
      expect(distance(update, flatten(expected.delta))).toBeLessThanOrEqual(tolerance_abs);
      // The peer's control variate is the negative of the paper's.
      const message = vectors.delta_c!.map((value) => -value);
      expect(distance(message, flatten(expected.control_variate_message))).toBeLessThanOrEqual(tolerance_abs);
      expect(model.loss(global, samples)).toBeCloseTo(expected.loss_before, 6);
      const after = global.map((value, i) => value + update[i]!);
      expect(model.loss(after, samples)).toBeCloseTo(expected.loss_after, 6);
    },
  );

  // The default scheduler gives SGD a momentum.
  it.each([{ momentum: 0.9 }, { lr_scheduler: 'CyclicLR' }])(
    'learns the gradient itself, not what momentum makes of it, with %o',
    async (change) => {
      const data = { W: [[1]], X: [[1]], targets: [[9]], lr: 0.01, epochs: 5 };
      const none = () => Float64Array.of(0);
      const raw = { algorithm: 'SCAFFOLD', ...change };
      const { vectors } = await trainCase(data, raw, { c: none() }, { c_k: none() });
      expect(vectors.delta_c![0]).toBeCloseTo(-1, 12);
    },
  );

  interface Server {
    readonly server_c: number;
    readonly mean_delta_c: number;
    readonly mean_model_update: number;
    readonly cohort: number;
    readonly population: number;
  }
  it.each(loadCases<Server, { server_c: number; applied_model_update: number }>('scaffold-server'))(
    "computes the server's step of $id",
    async ({ input, expected, tolerance_abs }) => {
      const server = createServer({ algorithm: 'SCAFFOLD' }, [0]);
      server.state.c!.fill(input.server_c);
      const sent = {
        update: Float64Array.of(input.mean_model_update),
        received: { delta_c: Float64Array.of(input.mean_delta_c) },
      };
      const [moved] = await server.round(
        Array.from({ length: input.cohort }, () => sent),
        input.population,
      );
      expect(Math.abs(moved! - expected.applied_model_update)).toBeLessThanOrEqual(tolerance_abs);
      expect(Math.abs(server.state.c![0]! - expected.server_c)).toBeLessThanOrEqual(tolerance_abs);
    },
  );

  it('moves by η times the mean over participants, whatever their samples', async () => {
    const server = createServer({ algorithm: 'SCAFFOLD', server_lr: 0.5 }, [0]);
    const received = { delta_c: Float64Array.of(0) };
    const [weight] = await server.round([
      { update: Float64Array.of(1), samples: 1, received },
      { update: Float64Array.of(3), samples: 9, received },
    ]);
    expect(weight).toBeCloseTo(0.5 * 2, 12);
  });

  it('corrects each gradient by c − c_k, and recomputes c_k from the local movement', async () => {
    const data = { W: [[0]], X: [[1]], targets: [[9]], lr: 0.1, epochs: 2 };
    const { update, state, vectors } = await trainCase(
      data,
      { algorithm: 'SCAFFOLD' },
      { c: Float64Array.of(0.25) },
      { c_k: Float64Array.of(0.5) },
    );
    // Each of two steps goes 0.1 along −(−1 + 0.25 − 0.5).
    expect(update[0]).toBeCloseTo(0.25, 12);
    // c_k⁺ = c_k − c + (w − w_k) / (2 · 0.1).
    expect(state.c_k![0]).toBeCloseTo(0.5 - 0.25 - 0.25 / 0.2, 12);
    expect(vectors.delta_c![0]).toBeCloseTo(state.c_k![0]! - 0.5, 12);
  });
});
