import { readFileSync } from 'node:fs';
import {
  aggregate,
  createEngine,
  createRegistry,
  loadPlugin,
  parseRunArguments,
  stateNames,
  stepServer,
  type Registry,
} from '@synergos/fed-algorithms';
import { beforeAll, describe, expect, it } from 'vitest';

type Nested = number | readonly Nested[];
interface Case {
  readonly id: string;
  readonly input: {
    readonly initial: Nested;
    readonly server_lr: number;
    readonly server_momentum: number;
    readonly rounds?: number;
    readonly clients: readonly { readonly weights: Nested; readonly num_examples: number }[];
  };
  readonly expected: Nested;
  readonly tolerance_abs: number;
}

const flatten = (tensors: Nested) => Float32Array.from([tensors].flat(10) as number[]);
const { cases } = JSON.parse(readFileSync(new URL('./fixtures/fedavgm.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};

let registry: Registry;
beforeAll(async () => {
  registry = createRegistry([await loadPlugin('synergos-plugin-fedavgm', import.meta.dirname)]);
});

/** The server side of a run in which the participants answer each round with the same models. */
function startServer(initial: Float32Array, raw: object) {
  const algorithm = registry.get('MyFedAvgM');
  const args = parseRunArguments(registry, { algorithm: 'MyFedAvgM', ...raw }).arguments;
  const weights = initial.slice();
  const state = Object.fromEntries(
    stateNames(algorithm, args).map((name) => [name, new Float32Array(initial.length)]),
  );
  let round = 0;
  return {
    weights,
    async step(updates: readonly Float32Array[], samples: readonly number[]) {
      const mean = await aggregate('mean', updates, { weights: samples });
      stepServer(algorithm, {
        weights,
        aggregate: mean,
        received: {},
        state,
        round: ++round,
        reports: [],
        participants: updates.length,
        manifest: { tensors: [], size: weights.length },
        args,
        engine: createEngine(),
      });
    },
  };
}

describe('MyFedAvgM', () => {
  it('is registered by name alongside the built-in algorithms', () => {
    expect(registry.list().map(({ algorithm }) => algorithm.name)).toContain('MyFedAvgM');
    expect(registry.get('MyFedAvgM').summary).toMatch(/momentum/);
  });

  it('has defaults, and rejects a momentum of 1', () => {
    expect(parseRunArguments(registry, { algorithm: 'MyFedAvgM' }).arguments).toMatchObject({
      server_lr: 1,
      server_momentum: 0.9,
      mu: 0,
    });
    expect(() => parseRunArguments(registry, { algorithm: 'MyFedAvgM', server_momentum: 1 })).toThrow(
      /^server_momentum: /,
    );
  });

  it.each(cases)('computes $id of Flower', async ({ input, expected, tolerance_abs }) => {
    const { clients, rounds = 1, initial, ...args } = input;
    const server = startServer(flatten(initial), args);
    for (let round = 0; round < rounds; round++) {
      const updates = clients.map(({ weights }) =>
        flatten(weights).map((value, i) => value - server.weights[i]!),
      );
      await server.step(
        updates,
        clients.map((client) => client.num_examples),
      );
    }
    const wanted = flatten(expected);
    expect(server.weights).toHaveLength(wanted.length);
    server.weights.forEach((value, i) =>
      expect(Math.abs(value - wanted[i]!)).toBeLessThanOrEqual(tolerance_abs),
    );
  });

  it('accumulates momentum: v = 2, 3, 3.5 for updates of 2 with a momentum of one half', async () => {
    const server = startServer(Float32Array.of(1), { server_momentum: 0.5, server_lr: 2 });
    const seen: number[] = [];
    for (let round = 0; round < 3; round++) {
      await server.step([Float32Array.of(1), Float32Array.of(3)], [1, 1]);
      seen.push(server.weights[0]!);
    }
    expect(seen).toEqual([5, 11, 18]);
  });

  it('without momentum and with a server learning rate of 1 equals FedAvg bit for bit', async () => {
    const initial = Float32Array.from({ length: 100 }, (_, i) => Math.sin(i));
    const updates = [1, 2, 3].map((k) => initial.map((_, i) => Math.cos(i * k)));
    const server = startServer(initial, { server_momentum: 0, server_lr: 1 });
    await server.step(updates, [1, 2, 4]);
    const mean = await aggregate('mean', updates, { weights: [1, 2, 4] });
    expect(server.weights).toEqual(initial.map((value, i) => value + mean[i]!));
  });
});
