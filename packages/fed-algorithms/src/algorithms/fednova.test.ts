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

  it('equals FedAvg with equal steps', async () => {
    const { input } = cases[0]!;
    const [nova, average] = ['FedNova', 'FedAvg'].map((algorithm) =>
      createServer({ algorithm }, input.global_weights),
    );
    const sent = sentBy(input, [4, 4, 4]);
    expect(distance(await nova!.round(sent), await average!.round(sent))).toBeLessThan(1e-12);
  });

  it('scales the step by η', async () => {
    const { input } = cases[0]!;
    const [whole, half] = [1, 0.5].map((server_lr) =>
      createServer({ algorithm: 'FedNova', server_lr }, input.global_weights),
    );
    const [far, near] = [await whole!.round(sentBy(input)), await half!.round(sentBy(input))];
    const halfway = input.global_weights.map((from, i) => (from + far[i]!) / 2);
    expect(distance(near, halfway)).toBeLessThan(1e-12);
  });

  it.each([
    [3, {}],
    // Σ of what each of three steps contributes with ρ = 0.5: 1.75 + 1.5 + 1.
    [4.25, { momentum: 0.5 }],
    [6, { momentum: 1 }],
    [5.125, { momentum: 0.5, nesterov: true }],
    [1.75, { lr_scheduler: 'ExponentialLR', gamma: 0.5 }],
    // It cycles the momentum as well, 0.9, 0.85, 0.8: 0.1 · 1 + 0.55 · 1.85 + 1 · 2.48.
    [3.5975, { lr_scheduler: 'CyclicLR', base_lr: 0.001, max_lr: 0.01, step_size_up: 2, base_momentum: 0.8 }],
  ])('counts three steps of SGD as %d with %o', async (a, change) => {
    const data = { W: [[1]], X: [[1]], targets: [[9]], lr: 0.01, epochs: 3 };
    const { values, update, trained } = await trainCase(data, { algorithm: 'FedNova', ...change });
    expect(values.a).toBeCloseTo(a, 12);
    // The gradient is −1 throughout: the update is lr · a.
    expect(update[0]).toBeCloseTo(0.01 * a, 12);
    expect(trained.steps).toBe(3);
  });
});
