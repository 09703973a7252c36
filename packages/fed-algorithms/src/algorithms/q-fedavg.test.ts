import { describe, expect, it } from 'vitest';
import { createServer, updateTo } from '../../test/server.js';
import { distance, loadCases } from '../../test/vectors.js';

describe('q-FedAvg', () => {
  interface Input {
    readonly global_weights: number[];
    readonly local_weights: number[][];
    readonly losses: number[];
    readonly q: number;
    readonly client_learning_rate: number;
  }
  const cases = loadCases<Input, number[]>('q-fedavg');
  const sentBy = ({ global_weights, local_weights, losses }: Input, samples = [1, 1, 1]) =>
    local_weights.map((local, k) => {
      const update = updateTo(local, global_weights);
      const squared_norm = update.reduce((sum, value) => sum + value ** 2, 0);
      return { update, samples: samples[k]!, values: { loss: losses[k]!, squared_norm } };
    });

  it.each(cases)('computes $id', async ({ input, expected, tolerance_abs }) => {
    const { global_weights, q, client_learning_rate: lr } = input;
    const server = createServer({ algorithm: 'q-FedAvg', q, lr }, global_weights);
    expect(distance(await server.round(sentBy(input)), expected)).toBeLessThanOrEqual(tolerance_abs);
  });

  it('equals the unweighted mean with q = 0, regardless of sample counts', async () => {
    const { input } = cases[0]!;
    const server = createServer({ algorithm: 'q-FedAvg', q: 0 }, input.global_weights);
    const weights = await server.round(sentBy(input, [1, 50, 3]));
    const mean = input.global_weights.map(
      (_, i) => input.local_weights.reduce((sum, local) => sum + local[i]!, 0) / 3,
    );
    expect(distance(weights, mean)).toBeLessThan(1e-12);
  });

  it('follows the participant of the highest loss more, the larger q is', async () => {
    const far = async (q: number) => {
      const server = createServer({ algorithm: 'q-FedAvg', q, lr: 0.1 }, [0]);
      const [weight] = await server.round([
        { update: Float64Array.of(1), values: { loss: 2, squared_norm: 1 } },
        { update: Float64Array.of(-1), values: { loss: 1, squared_norm: 1 } },
      ]);
      return weight!;
    };
    expect(await far(0)).toBe(0);
    expect(await far(1)).toBeGreaterThan(0);
  });

  it('leaves the model unchanged, without NaN, if every loss is 0', async () => {
    const server = createServer({ algorithm: 'q-FedAvg', q: 2 }, [1]);
    const [weight] = await server.round([
      { update: Float64Array.of(0.5), values: { loss: 0, squared_norm: 0.25 } },
    ]);
    expect(weight).toBeCloseTo(1, 9);
  });
});
