import {
  aggregators,
  createRegistry,
  federate,
  InvalidArguments,
  parseModel,
  type Samples,
  type Vector,
} from '@synergos/fed-algorithms';
import { describe, expect, it } from 'vitest';
import { compileNetwork } from '../src/network.js';

const layers = parseModel([
  { l_type: 'Linear', is_input: true, activation: '', structure: { in_features: 2, out_features: 4 } },
  { l_type: 'BatchNorm1d', activation: 'relu', structure: { num_features: 4 } },
  { l_type: 'Linear', activation: 'sigmoid', structure: { in_features: 4, out_features: 1 } },
]);
const network = await compileNetwork(layers, { criterion: 'BCELoss', action: 'classify', backend: 'cpu' });
const { manifest } = network;
const rangeOf = (name: string) => {
  const { offset, size } = manifest.tensors.find((tensor) => tensor.name === name)!;
  return [offset, offset + size] as const;
};
const tensor = (weights: Vector, name: string) => [...weights.subarray(...rangeOf(name))];

/** Features in a narrow band far from zero: the first round takes the running statistics a long way. */
function rows(first: number, count: number): Samples {
  const features = Float32Array.from({ length: 2 * count }, (_, i) => 1 + ((first + i * 7) % 11) / 200);
  const targets = Float32Array.from({ length: count }, (_, row) => (features[2 * row + 1]! > 1.025 ? 1 : 0));
  return { features, shape: [2], targets, count };
}
const counts = [24, 8, 16, 8, 8, 8, 8];
const devices = Object.fromEntries(counts.map((count, k) => [`p${k}`, { samples: rows(3 * k, count) }]));
const everything = rows(1, 30);
const start = Float32Array.from({ length: manifest.size }, (_, i) => Math.sin(i + 1) / 2);
start.fill(0, ...rangeOf('1.running_mean'));
start.fill(1, ...rangeOf('1.running_var'));

async function train(given: object): Promise<Vector[]> {
  const models: Vector[] = [];
  const args = {
    rounds: 4,
    epochs: 2,
    batch_size: 8,
    lr: 0.05,
    lr_scheduler: 'none',
    byzantine: 1,
    ...given,
  };
  for await (const { weights } of federate({ devices, model: network, arguments: args, initial: start }))
    models.push(weights);
  return models;
}

/** What PyTorch computes of the same tensors in evaluation mode. */
function pytorch(weights: Vector, { features, count }: Samples): number[] {
  const linear = (x: readonly number[], name: string) => {
    const bias = tensor(weights, `${name}.bias`);
    const weight = tensor(weights, `${name}.weight`);
    return bias.map((b, unit) => x.reduce((sum, v, i) => sum + v * weight[unit * x.length + i]!, b));
  };
  const [mean, variance, scale, shift] = ['running_mean', 'running_var', 'weight', 'bias'].map((name) =>
    tensor(weights, `1.${name}`),
  );
  return Array.from({ length: count }, (_, row) => {
    const hidden = linear([...features.subarray(2 * row, 2 * row + 2)], '0')
      .map((x, i) => ((x - mean![i]!) / Math.sqrt(variance![i]! + 1e-5)) * scale![i]! + shift![i]!)
      .map((x) => (Number.isNaN(x) ? x : Math.max(0, x)));
    return 1 / (1 + Math.exp(-linear(hidden, '2')[0]!));
  });
}

const algorithms = createRegistry()
  .list()
  .map(({ algorithm }) => algorithm)
  .filter(({ exchange }) => exchange === undefined);
const extreme: Readonly<Record<string, object>> = {
  FedAvgM: { server_momentum: 0.9 },
  FedAdam: { server_lr: 1 },
  FedYogi: { server_lr: 1 },
  FedAdagrad: { server_lr: 1 },
  FedBuff: { server_momentum: 0.9, buffer_size: 7 },
};

describe.each(algorithms)('$name on a model with a batch norm', ({ name, server }) => {
  const given = { algorithm: name, ...extreme[name] };

  it.each([null, ...aggregators.map(({ name }) => name)])(
    'keeps variances that PyTorch can evaluate with, aggregator %s',
    async (aggregator) => {
      // Some rules need more than the one update of FedAsync and of FedPrune's first rounds, or refuse vectors sent with it.
      const models = await train({ ...given, aggregator }).catch((error: unknown) => {
        if (error instanceof InvalidArguments && aggregator !== null) return [];
        if ((error as { code?: string }).code === 'impossible_setting') return [];
        throw error;
      });
      for (const weights of models) {
        expect(weights.every(Number.isFinite)).toBe(true);
        expect(Math.min(...tensor(weights, '1.running_var'))).toBeGreaterThanOrEqual(0);
      }
      const last = models.at(-1) ?? start;
      const expected = pytorch(last, everything);
      const predicted = network.predict(Float32Array.from(last), everything);
      expected.forEach((value, row) => expect(predicted[row]).toBeCloseTo(value, 4));
    },
  );

  it.skipIf(server?.asynchronous !== undefined || name === 'FedBN' || name === 'FedPrune')(
    'has the running statistics of FedAvg after the first round, whatever its weights do',
    async () => {
      const [mine, plain] = [
        await train({ ...given, rounds: 1 }),
        await train({ algorithm: 'FedAvg', rounds: 1 }),
      ];
      // The local trainings of the first round are alike but for FedProx, which pulls the weights.
      for (const statistics of ['1.running_mean', '1.running_var'])
        tensor(mine[0]!, statistics).forEach((value, i) =>
          expect(value).toBeCloseTo(
            tensor(plain[0]!, statistics)[i]!,
            name === 'FedProx' || name === 'FedDyn' ? 2 : 5,
          ),
        );
    },
  );
});

describe('noise on a model with a batch norm', () => {
  const noisy = { aggregator: 'norm-clipping', noise_multiplier: 1 };

  it('is refused: its running statistics would go without', async () => {
    await expect(train({ algorithm: 'FedAvg', ...noisy })).rejects.toThrow(
      /^noise_multiplier: 1\.running_mean, 1\.running_var .* averaged without noise/,
    );
  });

  it('is taken where they stay with the participants', async () => {
    expect(await train({ algorithm: 'FedBN', ...noisy, rounds: 1 })).toHaveLength(1);
  });
});
