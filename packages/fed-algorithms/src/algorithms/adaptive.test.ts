import { describe, expect, it } from 'vitest';
import { createServer, updateTo } from '../../test/server.js';
import { distance, flatten, loadCases, type Nested } from '../../test/vectors.js';
import { createRegistry } from '../registry.js';
import { parseRunArguments } from '../run-arguments.js';

const registry = createRegistry();

describe('adaptive server optimizers', () => {
  interface Rounds {
    readonly x0: number[];
    readonly pseudo_gradients: number[][];
    readonly eta: number;
    readonly b1: number;
    readonly b2: number;
    readonly tau: number;
  }
  const formulas: Readonly<Record<string, object>> = {
    'fedopt-adagrad-3rounds': { algorithm: 'FedAdagrad' },
    'fedopt-yogi-3rounds': { algorithm: 'FedYogi' },
    'fedopt-adam_paper-3rounds': { algorithm: 'FedAdam' },
    'fedopt-adam-3rounds': { algorithm: 'FedAdam', bias_correction: 'flower' },
  };
  it.each(loadCases<Rounds, number[][]>('fedopt'))(
    'compute $id',
    async ({ id, input, expected, tolerance_abs }) => {
      const { x0, pseudo_gradients, eta, b1, b2, tau } = input;
      const server = createServer({ ...formulas[id], server_lr: eta, beta_1: b1, beta_2: b2, tau }, x0);
      for (const [round, gradient] of pseudo_gradients.entries()) {
        const weights = await server.round([{ update: Float64Array.from(gradient) }]);
        expect(distance(weights, expected[round]!)).toBeLessThanOrEqual(tolerance_abs);
      }
    },
  );

  interface Clients {
    readonly eta: number;
    readonly beta_1: number;
    readonly tau: number;
    readonly initial: Nested;
    readonly clients: readonly { readonly weights: Nested; readonly num_examples: number }[];
  }
  it.each(loadCases<Clients, Nested>('flower-fedadagrad'))('compute $id', async ({ input, expected }) => {
    const { eta, beta_1, tau, clients } = input;
    const initial = flatten(input.initial);
    const server = createServer({ algorithm: 'FedAdagrad', server_lr: eta, beta_1, tau }, initial);
    const weights = await server.round(
      clients.map((client) => ({
        update: updateTo(flatten(client.weights), initial),
        samples: client.num_examples,
      })),
    );
    // The fixture's 0.2 is a float32 here.
    expect(distance(weights, flatten(expected))).toBeLessThanOrEqual(1e-7);
  });

  interface Constant {
    readonly w: number;
    readonly g: number;
    readonly lr: number;
    readonly beta1?: number;
    readonly beta2?: number;
    readonly steps: number;
  }
  const optimizers: Readonly<Record<string, object>> = {
    'tff-opt-adam': { algorithm: 'FedAdam', bias_correction: true },
    'tff-opt-yogi': { algorithm: 'FedYogi', bias_correction: true },
    'tff-opt-adagrad': { algorithm: 'FedAdagrad', beta_1: 0 },
  };
  const matching = loadCases<Constant, number[]>('tff-optimizers').filter(({ id }) => id in optimizers);
  it.each(matching)('compute $id of TensorFlow Federated', async ({ id, input, expected, tolerance_abs }) => {
    const { w, g, lr, beta1, beta2, steps } = input;
    const betas = beta1 === undefined ? {} : { beta_1: beta1, beta_2: beta2 };
    const server = createServer({ ...betas, ...optimizers[id], server_lr: lr, tau: 1e-12 }, [w]);
    for (let step = 1; step <= steps; step++) {
      const [weight] = await server.round([{ update: Float64Array.of(-g) }]);
      // As the peer compares: the tolerance is absolute and relative.
      expect(Math.abs(weight! - expected[step]!)).toBeLessThanOrEqual(tolerance_abs * (1 + expected[step]!));
    }
  });

  it.each(['FedAdagrad', 'FedYogi', 'FedAdam'])('%s keeps the model on zero updates', async (algorithm) => {
    const server = createServer({ algorithm }, [1, 2]);
    expect([...(await server.round([{ update: new Float64Array(2) }]))]).toEqual([1, 2]);
  });

  it.each([
    ['tau', 0],
    ['beta_1', 1],
    ['beta_2', 1],
    ['server_lr', -1],
    ['bias_correction', 'keras'],
  ])('refuse %s = %s by name', (field, value) => {
    expect(() => parseRunArguments(registry, { algorithm: 'FedAdam', [field]: value })).toThrow(field);
  });
});
