import { createRequire } from 'node:module';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodeSafetensors } from '@synergos/rpc-core';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXPERIMENT, Federation, IDS } from './federation.js';

const plugin = ['--plugin', createRequire(import.meta.url).resolve('synergos-plugin-fedavgm')];
const federation = new Federation();
beforeAll(() => federation.start({ ttp: plugin, worker: plugin }), 60_000);
afterAll(() => federation.close());

const momentum = (server_momentum: number) => ({
  algorithm: 'MyFedAvgM',
  server_momentum,
  rounds: 3,
  epochs: 2,
});

it("a third party's algorithm trains with real workers, and its state is checkpointed", async () => {
  await federation.createRun('momentum', momentum(0.9));
  await federation.train('momentum');
  const checkpoints = join(
    federation.directory,
    'ttp',
    'outputs',
    ...Object.values(IDS),
    EXPERIMENT,
    'momentum',
    'checkpoints',
  );
  const name = 'round-000003.velocity.state.safetensors';
  const { data } = decodeSafetensors(readFileSync(join(checkpoints, name)));
  expect(data.some((value) => value !== 0)).toBe(true);
});

it('the plug-in without momentum equals FedAvg bit for bit', async () => {
  await federation.createRun('no-momentum', momentum(0));
  await federation.createRun('fedavg', { rounds: 3, epochs: 2 });
  await federation.train('no-momentum');
  await federation.train('fedavg');
  expect(await federation.weights('no-momentum')).toEqual(await federation.weights('fedavg'));
  expect(await federation.weights('momentum')).not.toEqual(await federation.weights('fedavg'));
});

it('FedProx equals FedAvg bit for bit only with mu = 0', async () => {
  await federation.createRun('prox-0', { algorithm: 'FedProx', mu: 0, rounds: 3, epochs: 2 });
  await federation.createRun('prox-1', { algorithm: 'FedProx', mu: 1, rounds: 3, epochs: 2 });
  await federation.train('prox-0');
  await federation.train('prox-1');
  expect(await federation.weights('prox-0')).toEqual(await federation.weights('fedavg'));
  expect(await federation.weights('prox-1')).not.toEqual(await federation.weights('fedavg'));
});
