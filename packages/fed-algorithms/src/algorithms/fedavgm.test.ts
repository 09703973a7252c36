import { describe, expect, it } from 'vitest';
import { createServer, updateTo } from '../../test/server.js';
import { distance, flatten, loadCases, type Nested } from '../../test/vectors.js';
import { createRegistry } from '../registry.js';
import { parseRunArguments } from '../run-arguments.js';

describe('FedAvgM', () => {
  interface Input {
    readonly initial: Nested;
    readonly server_lr: number;
    readonly server_momentum: number;
    readonly rounds?: number;
    readonly clients: readonly { readonly weights: Nested; readonly num_examples: number }[];
  }
  it.each(loadCases<Input, Nested>('fedavgm'))(
    'computes $id: $algorithm',
    async ({ input, expected, tolerance_abs }) => {
      const { server_lr, server_momentum, rounds = 1, clients } = input;
      const initial = flatten(input.initial);
      const server = createServer({ algorithm: 'FedAvgM', server_lr, server_momentum }, initial);
      for (let round = 1; round <= rounds; round++) {
        const global = server.weights.slice();
        await server.round(
          clients.map(({ weights, num_examples }) => ({
            update: updateTo(flatten(weights), global),
            samples: num_examples,
          })),
        );
      }
      expect(distance(server.weights, flatten(expected))).toBeLessThanOrEqual(tolerance_abs);
    },
  );

  interface Constant {
    readonly w: number;
    readonly g: number;
    readonly lr: number;
    readonly momentum?: number;
    readonly nesterov?: boolean;
    readonly steps: number;
  }
  const heavyBall = loadCases<Constant, number[]>('tff-optimizers').filter(({ id }) =>
    ['tff-opt-sgd', 'tff-opt-sgdm'].includes(id),
  );
  it.each(heavyBall)('computes $id of TensorFlow Federated', async ({ input, expected, tolerance_abs }) => {
    const { w, g, lr, momentum = 0, steps } = input;
    const server = createServer({ algorithm: 'FedAvgM', server_lr: lr, server_momentum: momentum }, [w]);
    for (let step = 1; step <= steps; step++) {
      const [weight] = await server.round([{ update: Float64Array.of(-g) }]);
      expect(Math.abs(weight! - expected[step]!)).toBeLessThanOrEqual(tolerance_abs);
    }
  });

  it('refuses a momentum of 1, by name', () => {
    expect(() => parseRunArguments(createRegistry(), { algorithm: 'FedAvgM', server_momentum: 1 })).toThrow(
      /^server_momentum: /,
    );
  });
});
