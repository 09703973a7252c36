import { islands } from '@synergos/example-penguins/penguins';
import { decodeSafetensors } from '@synergos/rpc-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXPERIMENT, Federation, IDS } from './federation.js';

/** Deeper than the softmax regression of the other tests: with a batch norm, and layers to split between. */
const DEEP = 'deep';
const LAYERS = [
  { l_type: 'Linear', structure: { in_features: 1, out_features: 12 }, activation: 'relu', is_input: true },
  { l_type: 'BatchNorm1d', structure: { num_features: 12 } },
  { l_type: 'Linear', structure: { in_features: 12, out_features: 8 }, activation: 'relu' },
  { l_type: 'Linear', structure: { in_features: 8, out_features: 3 }, activation: 'softmax' },
];
const RUN = {
  rounds: 6,
  epochs: 10,
  batch_size: 16,
  lr: 0.05,
  lr_scheduler: 'none',
  criterion: 'NLLLoss',
  patience: 1000,
  seed: 7,
};

const federation = new Federation();
beforeAll(async () => {
  await federation.start();
  await federation.driver.experiments.create({ ...IDS, expt_id: DEEP, model: LAYERS });
});
afterAll(() => federation.close());

/** Runs with this prefix use the deep model. */
const DEEP_RUNS = /^(FedBN|FedGKT|FedSplit|deep)/;
const ids = (run_id: string) => ({ ...IDS, expt_id: DEEP_RUNS.test(run_id) ? DEEP : EXPERIMENT, run_id });

async function train(run_id: string, change: object, onEvent: (event: object) => void = () => undefined) {
  await federation.driver.runs.create({ ...ids(run_id), ...RUN, ...change });
  await federation.driver.models.create(ids(run_id), { onEvent });
}

async function model(run_id: string) {
  const bytes = await federation.driver.models.download({ ...ids(run_id), name: 'global_model.safetensors' });
  const { tensors, data } = decodeSafetensors(bytes);
  let offset = 0;
  const named = new Map<string, Float32Array>();
  for (const { name, shape } of tensors) {
    const size = shape.reduce((product, length) => product * length, 1);
    named.set(name, data.subarray(offset, offset + size));
    offset += size;
  }
  return { tensors: named, data };
}

/** Mean accuracy of the participants' validations. */
async function accuracy(run_id: string): Promise<number> {
  const validations = await federation.driver.validations.create(ids(run_id));
  const scores = validations.map(({ evaluate }) => Number(evaluate?.score));
  expect(scores).toHaveLength(islands.length);
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

describe('every algorithm trains penguins on real workers', () => {
  it.each([
    ['FedAvg', 0.8, {}],
    ['FedProx', 0.8, { mu: 0.01 }],
    ['FedAvgM', 0.8, { server_momentum: 0.5 }],
    ['FedAdagrad', 0.75, { server_lr: 0.3, rounds: 15 }],
    ['FedAdam', 0.8, { server_lr: 0.1, rounds: 15 }],
    ['FedYogi', 0.8, { server_lr: 0.1, rounds: 15 }],
    ['SCAFFOLD', 0.8, {}],
    ['FedNova', 0.8, {}],
    ['FedDyn', 0.8, { rounds: 10 }],
    ['q-FedAvg', 0.7, { q: 0.1, rounds: 40, epochs: 2, lr: 0.1 }],
    ['FedBN', 0.8, {}],
    ['Ditto', 0.8, {}],
    // Many short steps, so that the order of the updates matters little.
    ['FedBuff', 0.8, { rounds: 150, epochs: 2 }],
    // Each island has only some species: the last model counts most, and an ensemble of them is worse than a mean.
    ['FedAsync', 0.5, { rounds: 30, mixing: 0.2, epochs: 5 }],
    ['FedPrune', 0.8, { rounds: 8 }],
    ['FedSwarm', 0.5, { rounds: 1, epochs: 20, swarm_size: 4 }],
    ['FedGKT', 0.8, { rounds: 6, L: 2, server_epochs: 5 }],
    ['FedSplit', 0.7, { rounds: 6, epochs: 2, L: 2 }],
  ])('%s', async (algorithm, least, change) => {
    await train(algorithm, { algorithm, ...change });
    expect((await model(algorithm)).data.every(Number.isFinite)).toBe(true);
    const reached = await accuracy(algorithm);
    expect(reached).toBeGreaterThan(least);
  });

  it('FedSplit trains a model if labels are sent to the TTP', async () => {
    await train('FedSplit-vanilla', { algorithm: 'FedSplit', split: 'vanilla', rounds: 3, epochs: 5, L: 2 });
    expect(await accuracy('FedSplit-vanilla')).toBeGreaterThan(0.6);
  });
});

describe('features of single algorithms', () => {
  it('FedBuff applies momentum, and omits updates older than a threshold', async () => {
    const change = {
      server_momentum: 0.3,
      staleness_rule: 'threshold',
      staleness_cutoff: 3,
      staleness_beyond: 0,
    };
    await train('FedBuff-momentum', { algorithm: 'FedBuff', rounds: 150, epochs: 2, ...change });
    expect(await accuracy('FedBuff-momentum')).toBeGreaterThan(0.7);
  });

  it("Ditto has FedAvg's global model, and each participant's own model fits it better", async () => {
    expect((await model('Ditto')).data).toEqual((await model('FedAvg')).data);
    const losses = async (run_id: string) =>
      (await federation.driver.validations.create(ids(run_id))).map(({ evaluate }) => Number(evaluate?.loss));
    const [own, global] = [await losses('Ditto'), await losses('FedAvg')];
    expect(own).toHaveLength(islands.length);
    for (const [island, loss] of own.entries()) expect(loss).toBeLessThan(global[island]!);
  });

  it('FedBN leaves the batch norms at their initial values: no participant sends its own', async () => {
    const { tensors } = await model('FedBN');
    expect([...tensors.get('1.running_mean')!].every((value) => value === 0)).toBe(true);
    expect([...tensors.get('1.weight')!].every((value) => value === 1)).toBe(true);
    expect([...(await model('FedSplit')).tensors.get('1.running_mean')!].some((value) => value !== 0)).toBe(
      true,
    );
  });

  it('FedGKT keeps the extractors at the participants', async () => {
    const [taught, drawn] = [await model('FedGKT'), await model('FedSplit-vanilla')];
    expect(taught.tensors.get('0.weight')).not.toEqual(drawn.tensors.get('0.weight'));
    await train('FedGKT-short', { algorithm: 'FedGKT', rounds: 1, L: 2 });
    expect((await model('FedGKT-short')).tensors.get('0.weight')).toEqual(taught.tensors.get('0.weight'));
    expect((await model('FedGKT-short')).tensors.get('2.weight')).not.toEqual(taught.tensors.get('2.weight'));
  });

  it('FedPrune sends fewer bytes after weights are masked, and the masked weights are zero', async () => {
    const bytes: { round: number; bytes: number }[] = [];
    const args = {
      algorithm: 'FedPrune',
      rounds: 7,
      constant_time: 1e-9,
      reconfigure_every: 3,
      layer_times: 'equal',
    };
    await train('deep-pruned', args, (event) => {
      const seen = event as { type: string; round: number; bytes: number };
      if (seen.type === 'update_received') bytes.push(seen);
    });
    const { data } = await model('deep-pruned');
    const masked = data.filter((value) => value === 0).length / data.length;
    expect(masked).toBeGreaterThan(0.5);
    const largest = (round: number) =>
      Math.max(...bytes.filter((one) => one.round === round).map((one) => one.bytes));
    expect(largest(2)).toBeLessThan(data.length * 4);
  });

  it('FedSwarm creates an ensemble, with which each participant predicts', async () => {
    const { tensors } = await model('FedSwarm');
    const shares = tensors.get('shares')!;
    expect(tensors.has(`member.${shares.length - 1}.0.weight`)).toBe(true);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
  });
});

it('FedProx keeps its adapted mu when the TTP is killed', async () => {
  // With a falling loss, mu decreases step by step.
  const change = { algorithm: 'FedProx', mu: 1, mu_adaptive: true, mu_step: 0.4, mu_patience: 1, rounds: 4 };
  await train('mu-fixed', { ...change, mu_adaptive: false });
  await train('mu-calm', change);
  let killed: Promise<void> | undefined;
  await train('mu-killed', change, (event) => {
    const { type, round } = event as { type: string; round: number };
    if (type === 'round_completed' && round === 2) killed ??= federation.restartTtp();
  });
  expect(killed).toBeDefined();
  await killed;
  expect((await model('mu-killed')).data).toEqual((await model('mu-calm')).data);
  expect((await model('mu-calm')).data).not.toEqual((await model('mu-fixed')).data);
}, 120_000);

describe('the state of a participant between rounds', () => {
  it.each(['SCAFFOLD', 'FedDyn', 'Ditto', 'FedGKT', 'FedSplit'])(
    '%s ends with the same model if TTP and a worker are killed between rounds',
    async (algorithm) => {
      const change = {
        algorithm,
        rounds: 4,
        epochs: 20,
        ...(/GKT|Split/.test(algorithm) && { L: 2, epochs: 2 }),
      };
      await train(`${algorithm}-calm`, change);
      let killed: Promise<void> | undefined;
      await train(`${algorithm}-killed`, change, (event) => {
        const { type, round } = event as { type: string; round: number };
        if (type !== 'round_completed' || round !== 2) return;
        killed ??= (async () => {
          await federation.killWorker('dream');
          await federation.restartTtp();
          federation.startWorker('dream');
        })();
      });
      expect(killed).toBeDefined();
      await killed;
      expect((await model(`${algorithm}-killed`)).data).toEqual((await model(`${algorithm}-calm`)).data);
    },
    120_000,
  );
});

it('a buffer larger than the federation is rejected with the numbers', async () => {
  await expect(train('impossible', { algorithm: 'FedBuff', buffer_size: 4 })).rejects.toThrow(
    /a buffer of 4 updates.*there are 3/,
  );
});
