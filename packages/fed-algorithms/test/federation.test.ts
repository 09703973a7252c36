import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  createAggregator,
  createRegistry,
  federate,
  type Device,
  type FederatedRound,
  type Samples,
} from '../src/index.js';
import { absoluteErrorModel } from './absolute-error.js';
import { digitsCases, digitsFeatures, digitsRows, digitsSplits, testRows } from './digits.js';
import { accuracy, softmaxRegression } from './softmax-regression.js';
import { distance } from './vectors.js';

/** Curves of an independent float64 reference; the file names its source. */
const synthetic = read('synthetic-1-1') as {
  devices: { x: number[][]; y: number[] }[];
  cases: {
    id: string;
    hyper: { lr: number; E?: number; B: number; mu?: number };
    local_epochs: number[][] | null;
    expected: {
      history: { round: number; loss: number; accuracy: number }[];
      final_W_row0: number[];
      final_b: number[];
    };
  }[];
};

const FEATURES = 20;
const CLASSES = 5;
const samplesOf = (x: readonly number[][], y: readonly number[]): Samples => ({
  features: new Float64Array(x.flat()) as unknown as Float32Array,
  shape: [FEATURES],
  targets: Float32Array.from(y),
  count: y.length,
});
const devices = synthetic.devices.map(({ x, y }) => samplesOf(x, y));
const everything = samplesOf(
  synthetic.devices.flatMap(({ x }) => x),
  synthetic.devices.flatMap(({ y }) => y),
);
const algorithms: Readonly<Record<string, object>> = {
  'fedavg-full': { algorithm: 'FedAvg' },
  'fedprox-mu1': { algorithm: 'FedProx', mu: 1 },
  'scaffold-full': { algorithm: 'SCAFFOLD' },
  'fednova-hetero': { algorithm: 'FedNova' },
  fedavgm: { algorithm: 'FedAvgM', server_momentum: 0.9, server_lr: 1 },
  fedadam: { algorithm: 'FedAdam', beta_1: 0.9, beta_2: 0.99, server_lr: 0.1, tau: 0.001 },
};

describe('twenty rounds on Synthetic(1,1) follow the reference to 1e-6', () => {
  it.each(synthetic.cases)('$id', async ({ id, hyper, local_epochs, expected }) => {
    const model = softmaxRegression(FEATURES, CLASSES);
    const rounds = await all({
      devices: named(devices, (index) => ({ epochs: local_epochs?.[0]?.[index] ?? hyper.E ?? 1 })),
      model,
      arguments: {
        ...algorithms[id],
        rounds: expected.history.length,
        epochs: 1,
        batch_size: hyper.B,
        lr: hyper.lr,
        shuffle: false,
        lr_scheduler: 'none',
        patience: 1000,
      },
      initial: new Float64Array((FEATURES + 1) * CLASSES),
    });
    for (const [index, { loss, accuracy: share }] of expected.history.entries()) {
      const { weights } = rounds[index]!;
      expect(model.loss(weights, everything), `loss of round ${index + 1}`).toBeCloseTo(loss, 6);
      expect(accuracy(model, weights, everything)).toBeCloseTo(share, 6);
    }
    const { weights } = rounds.at(-1)!;
    expect(distance(weights.subarray(0, CLASSES), expected.final_W_row0)).toBeLessThan(1e-6);
    expect(distance(weights.subarray(FEATURES * CLASSES), expected.final_b)).toBeLessThan(1e-6);
  });
});

describe('FedAvg on UCI digits lands within the bands', () => {
  const test = digitsRows(testRows);

  it.each(digitsCases)('$id', async ({ split, fraction, lr, batch, test_accuracy }) => {
    const model = softmaxRegression(digitsFeatures, 10);
    const clients = named(digitsSplits[split]!.map(digitsRows));
    // The bands span five draws of the cohorts; of draws of our own, the mean has to lie within.
    const seeds = fraction < 1 ? [1, 2, 3, 4, 5] : [1];
    const reached = new Map([10, 20, 50].map((round) => [round, 0]));
    for (const seed of seeds)
      for await (const { round, weights } of federate({
        devices: clients,
        model,
        arguments: {
          algorithm: 'FedAvg',
          rounds: 50,
          epochs: 1,
          batch_size: batch,
          lr,
          lr_scheduler: 'none',
          fraction_fit: fraction,
          seed,
        },
      }))
        if (reached.has(round))
          reached.set(round, reached.get(round)! + accuracy(model, weights, test) / seeds.length);
    for (const [round, mean] of reached) {
      const { min, max } = test_accuracy[round]!;
      expect(mean, `round ${round}`).toBeGreaterThanOrEqual(min - 0.02);
      expect(mean, `round ${round}`).toBeLessThanOrEqual(max + 0.02);
    }
  });
});

describe('a federation in one process', () => {
  const model = softmaxRegression(FEATURES, CLASSES);
  const run = (given: object) =>
    all({
      devices: named(devices),
      model,
      arguments: { rounds: 3, epochs: 2, batch_size: 10, lr: 0.01, lr_scheduler: 'none', ...given },
    });
  const last = async (given: object) => (await run(given)).at(-1)!.weights;

  it('FedProx with mu 0, and FedAvgM with β 0 and η 1, are FedAvg', async () => {
    const average = await last({ algorithm: 'FedAvg' });
    expect(await last({ algorithm: 'FedProx', mu: 0 })).toEqual(average);
    expect(distance(await last({ algorithm: 'FedAvgM', server_momentum: 0 }), average)).toBeLessThan(1e-6);
  });

  it('FedNova with equal steps is FedAvg', async () => {
    const equal = Object.fromEntries(
      Object.entries(named(devices)).map(([name, device]) => [name, { ...device, samples: devices[0]! }]),
    );
    const given = { rounds: 2, epochs: 2, batch_size: 10, lr: 0.01, lr_scheduler: 'none' };
    const [nova, average] = await Promise.all(
      ['FedNova', 'FedAvg'].map((algorithm) =>
        all({ devices: equal, model, arguments: { ...given, algorithm } }),
      ),
    );
    expect(distance(nova!.at(-1)!.weights, average!.at(-1)!.weights)).toBeLessThan(1e-6);
  });

  it.each(['FedBuff', 'FedAsync', 'FedDyn', 'q-FedAvg', 'Ditto', 'FedBN', 'SCAFFOLD'])(
    '%s lowers the loss, and the same seed gives the same model',
    async (algorithm) => {
      const [first, second] = [await run({ algorithm, rounds: 20 }), await run({ algorithm, rounds: 20 })];
      expect(second.at(-1)!.weights).toEqual(first.at(-1)!.weights);
      expect(model.loss(first.at(-1)!.weights, everything)).toBeLessThan(1.4);
    },
  );

  it.each(
    createRegistry()
      .list()
      .filter(({ algorithm }) => algorithm.exchange === undefined && algorithm.name !== 'FedAsync')
      .map(({ algorithm }) => algorithm.name),
  )('%s takes another rule in place of its mean', async (algorithm) => {
    const [mean, median] = [await last({ algorithm }), await last({ algorithm, aggregator: 'median' })];
    expect(median.every(Number.isFinite)).toBe(true);
    expect(median).not.toEqual(mean);
  });

  it("an algorithm's own rule is taken unless a run names another", async () => {
    const mine = { name: 'Mine', summary: 'By the median.', aggregator: () => createAggregator('median') };
    const registry = createRegistry([{ source: 'mine', plugin: { apiVersion: 1, algorithms: [mine] } }]);
    const given = { rounds: 1, epochs: 1, lr: 0.01, lr_scheduler: 'none', mu: 0 };
    const weights = async (change: object) =>
      (await all({ devices: named(devices), model, registry, arguments: { ...given, ...change } }))[0]!
        .weights;
    const median = await weights({ algorithm: 'FedAvg', aggregator: 'median' });
    expect(await weights({ algorithm: 'Mine' })).toEqual(median);
    expect(await weights({ algorithm: 'Mine', aggregator: 'mean' })).toEqual(
      await weights({ algorithm: 'FedAvg' }),
    );
  });

  it('FedAsync takes each local model from the global one as it is then', async () => {
    const samples = { features: Float32Array.of(1), shape: [1], targets: Float32Array.of(99), count: 1 };
    const rounds = await all({
      devices: { a: { samples }, b: { samples } },
      model: absoluteErrorModel(1, 1),
      arguments: {
        algorithm: 'FedAsync',
        ...{ rounds: 2, epochs: 1, lr: 1, lr_scheduler: 'none' },
        ...{ mixing: 1, staleness_exponent: 0 },
      },
    });
    // Both start from 0 and come to 1, one after the other: the second takes the place of the first.
    expect(rounds.map(({ weights }) => weights[0])).toEqual([1, 1]);
  });

  it("Ditto's personal models fit their devices better than the global one", async () => {
    const round = (await run({ algorithm: 'Ditto', ditto_lambda: 0.1, rounds: 10 })).at(-1)!;
    const gains = devices.map((samples, index) => {
      const own = model.loss(round.modelOf(nameOf(index)), samples);
      return model.loss(round.weights, samples) - own;
    });
    expect(gains.every((gain) => gain > 0)).toBe(true);
  });

  it('asks the number of devices in the run arguments, carries the state of a rule, and ends on its signal', async () => {
    const samples = { features: Float32Array.of(1), shape: [1], targets: Float32Array.of(99), count: 1 };
    const options = {
      devices: { a: { samples }, b: { samples }, c: { samples } },
      model: absoluteErrorModel(1, 1),
      arguments: {
        ...{ algorithm: 'FedAvg', rounds: 2, epochs: 1, lr: 1, lr_scheduler: 'none' },
        ...{ fraction_fit: 0.1, min_fit: 2 },
        ...{ aggregator: 'centered-clipping', clip_radius: 0.5, clip_iterations: 1 },
      },
    };
    const rounds = await all(options);
    expect(rounds.map(({ reports }) => reports.length)).toEqual([2, 2]);
    // All updates are 1: from 0 the rule comes to 0.5, in the next round from there to 1.
    expect(rounds.map(({ weights }) => weights[0])).toEqual([0.5, 1.5]);
    await expect(all({ ...options, signal: AbortSignal.abort() })).rejects.toThrow(/abort/);
  });

  it('refuses what does not exist or needs a TTP, by name', async () => {
    await expect(run({ algorithm: 'NoSuch' })).rejects.toThrow(/unknown algorithm 'NoSuch'/);
    await expect(run({ algorithm: 'FedSplit' })).rejects.toMatchObject({
      code: 'needs_ttp',
      message: expect.stringContaining('FedSplit') as string,
    });
  });
});

async function all(options: Parameters<typeof federate>[0]): Promise<FederatedRound[]> {
  const rounds: FederatedRound[] = [];
  for await (const round of federate(options)) rounds.push(round);
  return rounds;
}

function nameOf(index: number): string {
  return `device-${String(index).padStart(2, '0')}`;
}

function named(
  samples: readonly Samples[],
  argumentsOf: (index: number) => NonNullable<Device['arguments']> = () => ({}),
): Record<string, Device> {
  return Object.fromEntries(
    samples.map((one, index) => [nameOf(index), { samples: one, arguments: argumentsOf(index) }]),
  );
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8'));
}
