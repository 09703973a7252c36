import { describe, expect, it } from 'vitest';
import { trainCase } from '../../test/local-case.js';
import { createServer, updateTo } from '../../test/server.js';
import { distance, loadCases } from '../../test/vectors.js';

describe('FedDyn', () => {
  interface Input {
    readonly theta: number[];
    readonly active: number[][];
    readonly total_clients: number;
    readonly alpha: number;
    readonly h: number[];
  }
  it.each(loadCases<Input, { h: number[]; theta: number[] }>('feddyn'))(
    "computes the server's step of $id",
    async ({ input: { theta, active, total_clients, alpha, h }, expected, tolerance_abs }) => {
      const server = createServer({ algorithm: 'FedDyn', dyn_alpha: alpha }, theta);
      server.state.h!.set(h);
      const weights = await server.round(
        active.map((local) => ({ update: updateTo(local, theta) })),
        total_clients,
      );
      expect(distance(weights, expected.theta)).toBeLessThanOrEqual(tolerance_abs);
      expect(distance(server.state.h!, expected.h)).toBeLessThanOrEqual(tolerance_abs);
    },
  );

  it('counts participants, not their samples', async () => {
    const server = createServer({ algorithm: 'FedDyn', dyn_alpha: 0.1 }, [0]);
    const [weight] = await server.round([
      { update: Float64Array.of(1), samples: 1 },
      { update: Float64Array.of(3), samples: 9 },
    ]);
    // The mean of the local models is 2, h is −0.1 · 2.
    expect(weight).toBeCloseTo(2 + 0.2 / 0.1, 12);
  });

  it('trains locally on the loss − ⟨g_k, w_k⟩ + (α/2) ‖w_k − w‖², and moves g_k by −α (w_k − w)', async () => {
    const data = { W: [[0]], X: [[1]], targets: [[9]], lr: 0.1, epochs: 2 };
    const g_k = Float64Array.of(0.5);
    const given = { algorithm: 'FedDyn', dyn_alpha: 2 };
    const { update, state } = await trainCase(data, given, {}, { g_k });
    // Slopes −1 − 0.5 + 2 · 0 at w = 0, then −1 − 0.5 + 2 · 0.15 at w = 0.15.
    expect(update[0]).toBeCloseTo(0.15 + 0.12, 12);
    expect(state.g_k![0]).toBeCloseTo(0.5 - 2 * 0.27, 12);
    expect(g_k[0]).toBe(0.5);
  });
});
