import { describe, expect, it } from 'vitest';
import { trainCase } from '../../test/local-case.js';
import { createServer, updateTo } from '../../test/server.js';
import { distance, loadCases } from '../../test/vectors.js';

describe('FedNova', () => {
  interface Input {
    readonly global_weights: number[];
    readonly local_weights: number[][];
    readonly num_examples: number[];
    readonly local_steps: number[];
  }
  const cases = loadCases<Input, number[]>('fednova');
  const sentBy = ({ global_weights, local_weights, num_examples, local_steps }: Input, steps = local_steps) =>
    local_weights.map((local, k) => ({
      update: updateTo(local, global_weights),
      samples: num_examples[k]!,
      steps: steps[k]!,
    }));

  it.each(cases)('computes $id', async ({ input, expected, tolerance_abs }) => {
    const server = createServer({ algorithm: 'FedNova' }, input.global_weights);
    expect(distance(await server.round(sentBy(input)), expected)).toBeLessThanOrEqual(tolerance_abs);
  });

  it('with equal steps is FedAvg', async () => {
    const { input } = cases[0]!;
    const [nova, average] = ['FedNova', 'FedAvg'].map((algorithm) =>
      createServer({ algorithm }, input.global_weights),
    );
    const sent = sentBy(input, [4, 4, 4]);
    expect(distance(await nova!.round(sent), await average!.round(sent))).toBeLessThan(1e-12);
  });

  it.each([
    [0, 3],
    // Σ of what each of three steps contributes with ρ = 0.5: 1.75 + 1.5 + 1.
    [0.5, 4.25],
  ])('counts three steps of SGD with momentum %d as %d', async (momentum, a) => {
    const data = { W: [[1]], X: [[1]], targets: [[9]], lr: 0.01, epochs: 3 };
    const { values, update, trained } = await trainCase(data, { algorithm: 'FedNova', momentum });
    expect(values.a).toBeCloseTo(a, 12);
    // The gradient is −1 throughout: the update is lr · a.
    expect(update[0]).toBeCloseTo(0.01 * a, 12);
    expect(trained.steps).toBe(3);
  });
});
