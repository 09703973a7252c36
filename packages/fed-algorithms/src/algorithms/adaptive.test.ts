import { describe, expect, it } from 'vitest';
import { createEngine, createRegistry, parseRunArguments } from '../index.js';
import { distance, flatten, loadCases } from '../../test/vectors.js';
import { stepServer } from '../server-step.js';

interface Input {
  x0: number[];
  pseudo_gradients: number[][];
  eta: number;
  b1: number;
  b2: number;
  tau: number;
}
const names: Record<string, string> = {
  'fedopt-adagrad-3rounds': 'FedAdagrad',
  'fedopt-yogi-3rounds': 'FedYogi',
  'fedopt-adam_paper-3rounds': 'FedAdam',
};
const registry = createRegistry();

function steps(name: string, { x0, pseudo_gradients, eta, b1, b2, tau }: Input): Float32Array[] {
  const raw = { algorithm: name, server_lr: eta, beta_1: b1, beta_2: b2, tau };
  const args = parseRunArguments(registry, raw).arguments;
  const weights = Float32Array.from(x0);
  const state = { m: new Float32Array(x0.length), v: new Float32Array(x0.length) };
  return pseudo_gradients.map((gradient, index) => {
    const aggregate = Float32Array.from(gradient);
    stepServer(registry.get(name), {
      weights,
      aggregate,
      received: {},
      state,
      round: index + 1,
      reports: [],
      participants: 1,
      manifest: { tensors: [], size: weights.length },
      args,
      engine: createEngine(),
    });
    return weights.slice();
  });
}

describe('adaptive server optimizers', () => {
  it.each(loadCases<Input, number[][]>('fedopt'))('compute $id', ({ id, input, expected }) => {
    for (const [round, weights] of steps(names[id]!, input).entries())
      expect(distance(weights, flatten(expected[round]!))).toBeLessThan(2e-6);
  });

  it.each(Object.values(names))('%s moves nothing where no update did', (name) => {
    const input = { x0: [1, 2], pseudo_gradients: [[0, 0]], eta: 1, b1: 0.9, b2: 0.99, tau: 0.001 };
    expect(steps(name, input)).toEqual([Float32Array.of(1, 2)]);
  });

  it.each([
    ['tau', 0],
    ['beta_1', 1.5],
    ['server_lr', -1],
  ])('refuse %s = %d by name', (field, value) => {
    expect(() => parseRunArguments(registry, { algorithm: 'FedAdam', [field]: value })).toThrow(field);
  });
});
