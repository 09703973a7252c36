import { islands } from '@synergos/example-penguins/dist/penguins.js';
import { decodeSafetensors } from '@synergos/rpc-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Federation, IDS } from './federation.js';

/** Deeper than the others' softmax regression: with a batch norm, and layers to cut between. */
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
}, 60_000);
afterAll(() => federation.close());

const ids = (run_id: string) => ({ ...IDS, expt_id: DEEP, run_id });

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

describe('every algorithm trains penguins, on real workers', () => {
  it.each([
    ['FedAvg', {}],
    ['FedProx', { mu: 0.01 }],
    ['FedAvgM', { server_momentum: 0.5 }],
    ['FedAdagrad', { server_lr: 0.1 }],
    ['FedAdam', { server_lr: 0.05 }],
    ['FedYogi', { server_lr: 0.05 }],
    ['SCAFFOLD', {}],
    ['FedNova', {}],
    ['FedDyn', {}],
    ['q-FedAvg', { q: 0.5 }],
    ['FedBN', {}],
    ['Ditto', {}],
    ['FedBuff', { rounds: 12 }],
    ['FedAsync', { rounds: 18 }],
    ['FedPrune', { rounds: 8 }],
    ['FedSwarm', { rounds: 1, epochs: 40, swarm_size: 4 }],
    ['FedGKT', { rounds: 6, L: 2, server_epochs: 5 }],
    ['FedSplit', { rounds: 3, epochs: 5, L: 2 }],
  ])('%s', async (algorithm, change) => {
    await train(algorithm, { algorithm, ...change });
    expect((await model(algorithm)).data.every(Number.isFinite)).toBe(true);
    expect(await accuracy(algorithm)).toBeGreaterThan(0.8);
  });

  it('FedSplit with labels that travel gives a model of its own', async () => {
    await train('vanilla', { algorithm: 'FedSplit', split: 'vanilla', rounds: 3, epochs: 5, L: 2 });
    expect(await accuracy('vanilla')).toBeGreaterThan(0.8);
  });
});

describe('what is particular to an algorithm', () => {
  it("FedBN's batch norms stay as they were drawn: nobody's ever came", async () => {
    const { tensors } = await model('FedBN');
    expect([...tensors.get('1.running_mean')!].every((value) => value === 0)).toBe(true);
    expect([...tensors.get('1.weight')!].every((value) => value === 1)).toBe(true);
    expect([...(await model('FedAvg')).tensors.get('1.running_mean')!].some((value) => value !== 0)).toBe(
      true,
    );
  });

  it("FedGKT's extractors stay with the participants", async () => {
    const [taught, drawn] = [await model('FedGKT'), await model('vanilla')];
    expect(taught.tensors.get('0.weight')).not.toEqual(drawn.tensors.get('0.weight'));
    await train('FedGKT-short', { algorithm: 'FedGKT', rounds: 1, L: 2 });
    expect((await model('FedGKT-short')).tensors.get('0.weight')).toEqual(taught.tensors.get('0.weight'));
    expect((await model('FedGKT-short')).tensors.get('2.weight')).not.toEqual(taught.tensors.get('2.weight'));
  });

  it("FedPrune's updates take fewer bytes once weights are masked, and those are zero", async () => {
    const bytes: { round: number; bytes: number }[] = [];
    const args = {
      algorithm: 'FedPrune',
      rounds: 7,
      constant_time: 1e-9,
      reconfigure_every: 3,
      layer_times: 'equal',
    };
    await train('pruned', args, (event) => {
      const seen = event as { type: string; round: number; bytes: number };
      if (seen.type === 'update_received') bytes.push(seen);
    });
    const { data } = await model('pruned');
    const masked = data.filter((value) => value === 0).length / data.length;
    expect(masked).toBeGreaterThan(0.5);
    const largest = (round: number) =>
      Math.max(...bytes.filter((one) => one.round === round).map((one) => one.bytes));
    expect(largest(2)).toBeLessThan(data.length * 4);
  });

  it('FedSwarm makes an ensemble, of which each participant predicts', async () => {
    const { tensors } = await model('FedSwarm');
    const shares = tensors.get('shares')!;
    expect(tensors.has(`member.${shares.length - 1}.3.weight`)).toBe(true);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
  });
});

describe('what a participant carries from round to round', () => {
  it.each(['SCAFFOLD', 'FedDyn', 'Ditto', 'FedBN', 'FedGKT', 'FedSplit'])(
    '%s ends with the same model when TTP and a worker are killed in the middle',
    async (algorithm) => {
      const change = {
        algorithm,
        rounds: 4,
        epochs: 20,
        ...(/GKT|Split/.test(algorithm) && { L: 2, epochs: 4 }),
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
    60_000,
  );
});

it('a buffer larger than the federation is refused with the numbers', async () => {
  await expect(train('impossible', { algorithm: 'FedBuff', buffer_size: 4 })).rejects.toThrow(
    /a buffer of 4 updates.*there are 3/,
  );
});
