import { createRegistry, loadPlugin } from '@synergos/fed-algorithms';
import { createRunChecks } from '@synergos/orchestration';
import { Driver, SynergosError } from '@synergos/driver';
import { describe, expect, it, vi } from 'vitest';
import { commandLine } from './command-line.js';
import { registrationOf, startServer, TOKEN, TRAIN } from './server.js';

// Every call of the command line is a separate process, and other tests run at the same time.
vi.setConfig({ testTimeout: 60_000 });

const PLUGIN = 'synergos-plugin-fedavgm';
const registry = createRegistry([await loadPlugin(PLUGIN, import.meta.dirname)]);
const start = () => startServer({ checks: createRunChecks(registry) });
type TestServer = Awaited<ReturnType<typeof start>>;
const driverOf = ({ url }: TestServer) => new Driver({ url, token: TOKEN });
const names = registry.list().map(({ algorithm }) => algorithm.name);

describe('GET /ttp/algorithms', () => {
  it('lists the algorithms with their source, paper and own arguments', async () => {
    await using server = await start();
    const { status, json } = await server.call('GET', '/ttp/algorithms');
    expect([status, json.method]).toEqual([200, 'algorithms.get']);
    const all = json.data as Record<string, unknown>[];
    expect(all.map(({ name }) => name)).toEqual(names);
    for (const one of all)
      expect(Object.keys(one)).toEqual(['name', 'source', 'summary', 'paper', 'arguments']);
    expect(all.find(({ name }) => name === 'FedAsync')).toMatchObject({
      source: '@synergos/fed-algorithms',
      paper: expect.stringContaining('Xie et al. 2019') as string,
      arguments: {
        properties: {
          mixing: { type: 'number', exclusiveMinimum: 0, maximum: 1, default: 0.6, description: /α/ },
        },
      },
    });
    expect(all.at(-1)).toMatchObject({ name: 'MyFedAvgM', source: PLUGIN });
  });

  it('returns one algorithm with the common arguments and its defaults', async () => {
    await using server = await start();
    const { json } = await server.call('GET', '/ttp/algorithms/FedSwarm');
    expect(json.data).toMatchObject({
      name: 'FedSwarm',
      arguments: { properties: { swarm_size: { default: 15 } } },
      common_arguments: { properties: { rounds: { default: 1 }, algorithm: { default: 'FedSwarm' } } },
    });
  });

  it('answers an unknown name with 404 and the known names', async () => {
    await using server = await start();
    const { status, json } = await server.call('GET', '/ttp/algorithms/FedMagic');
    expect(status).toBe(404);
    expect(json.message).toMatch(
      /^there is no algorithm 'FedMagic'; there are FedAvg, FedProx, .*MyFedAvgM$/,
    );
  });

  it('requires the token, and is in the OpenAPI document', async () => {
    await using server = await start();
    expect((await fetch(`${server.url}/ttp/algorithms`)).status).toBe(401);
    const { json } = await server.call('GET', '/openapi.json');
    expect(json.paths).toHaveProperty(['/ttp/algorithms', 'get', 'summary']);
    expect(json.paths).toHaveProperty(['/ttp/algorithms/{algorithm}', 'get', 'parameters']);
  });

  it('is available in the Driver', async () => {
    await using server = await start();
    const { algorithms } = driverOf(server);
    expect((await algorithms.readAll()).map(({ name }) => name)).toEqual(names);
    const { common_arguments } = await algorithms.read({ algorithm: 'q-FedAvg' });
    expect(common_arguments.properties?.mu?.default).toBe(0);
    await expect(algorithms.read({ algorithm: 'none' })).rejects.toThrow(SynergosError);
  });
});

describe('synergos algorithms', () => {
  it('prints a table, or JSON with --json', async () => {
    await using server = await start();
    await using cli = await commandLine();
    const { call, json } = cli.at(server);
    const { stdout } = await call('algorithms');
    expect(stdout).toMatch(/^NAME +SUMMARY +SOURCE\n/);
    expect(stdout).toMatch(/\nFedAvg +Mean of the local models, weighted by samples\. +@synergos\/fed-alg/);
    expect(stdout).toMatch(/\nMyFedAvgM .* synergos-plugin-fedavgm\n$/);
    expect(await json('algorithms')).toHaveLength(names.length);
    expect(await json('algorithms FedGKT')).toMatchObject({ name: 'FedGKT', common_arguments: {} });
  });

  it("prints type, default and description of one algorithm's arguments", async () => {
    await using server = await start();
    await using cli = await commandLine();
    const { call } = cli.at(server);
    const { stdout } = await call('algorithms FedAdam');
    expect(stdout).toMatch(/\nsummary +Adam on the server: /);
    expect(stdout).toMatch(/\nserver_lr +number > 0 +0\.1 +η: the step of the server\n/);
    expect(stdout).toMatch(/\nbias_correction +boolean \| "flower" +false +Corrects m and v/);
    expect(stdout).toMatch(/\nrounds +integer ≥ 1, ≤ 1000000 +10 +number of rounds; /);
    expect(stdout).toMatch(/\nmu +number ≥ 0 +0 +FedProx, FedAsync: /);
    expect(stdout).toMatch(
      /\ncriterion +one of +BCELoss +loss of local training, by PyTorch's name: L1Loss \| MSELoss /,
    );
    const { code, stderr } = await call('algorithms FedMagic');
    expect(code).toBe(1);
    expect(stderr).toMatch(/there is no algorithm 'FedMagic'; there are FedAvg, /);
  });
});

describe('runs', () => {
  const R = '/ttp/connect/collaborations/c/projects/p/experiments/e/runs';
  const model = [{ l_type: 'Linear', structure: { in_features: 2, out_features: 1 }, is_input: true }];
  async function withExperiment(server: TestServer, action: 'classify' | 'regress') {
    const driver = driverOf(server);
    await driver.collaborations.create({ collab_id: 'c' });
    await driver.projects.create({ collab_id: 'c', project_id: 'p', action });
    await driver.experiments.create({ collab_id: 'c', project_id: 'p', expt_id: 'e', model });
  }

  it('use lr if no scheduler is named, and report arguments without effect', async () => {
    await using server = await start();
    await withExperiment(server, 'regress');
    const given = { criterion: 'MSELoss', lr: 0.5, byzantine: 2 };
    const steady = await server.call('POST', R, { run_id: 'steady', ...given });
    expect(steady.json).toMatchObject({
      data: { lr: 0.5, lr_scheduler: 'none' },
      ignored: ['byzantine'],
    });
    const cyclic = await server.call('POST', R, { run_id: 'cyclic', ...given, lr_scheduler: 'CyclicLR' });
    expect(cyclic.json).toMatchObject({ data: { lr_scheduler: 'CyclicLR' }, ignored: ['lr', 'byzantine'] });
    // A change reports only the fields that it contains.
    const changed = await server.call('PUT', `${R}/cyclic`, { rounds: 3, mu: 1 });
    expect(changed.json.ignored).toBeUndefined();
    const idle = await server.call('PUT', `${R}/cyclic`, { trim: 0.3 });
    expect(idle.json.ignored).toEqual(['trim']);
  });

  it('replace a default criterion that does not fit the model, with a note', async () => {
    await using server = await start();
    await withExperiment(server, 'regress');
    const { status, json } = await server.call('POST', R, { run_id: 'r' });
    expect([status, json.data]).toMatchObject([201, { criterion: 'MSELoss' }]);
    expect(json.notes).toEqual([expect.stringMatching(/^criterion: MSELoss, for the default does not fit/)]);
    const changed = await server.call('PUT', `${R}/r`, { rounds: 3 });
    expect([changed.json.data, changed.json.notes]).toMatchObject([{ criterion: 'MSELoss' }, undefined]);
  });

  it('of trials replace a criterion that does not fit, and the response names hyperparameters without effect', async () => {
    await using server = await start();
    await withExperiment(server, 'regress');
    for (const participant_id of ['alice', 'bob']) {
      await server.call('POST', '/ttp/connect/participants', { participant_id });
      await server.call('POST', registrationOf(participant_id), { role: 'guest' });
      const tags = { train: [['data']], evaluate: [['data']] };
      await server.call('POST', `${registrationOf(participant_id)}/tags`, tags);
    }
    const { status, json } = await server.call('POST', `${TRAIN}/models/e/optimizations`, {
      search_space: {
        trim: { _type: 'uniform', _value: [0.1, 0.4] },
        pos_weight: 2,
        rounds: 1,
      },
      max_trial_num: 1,
    });
    expect([status, json.message]).toEqual([201, undefined]);
    expect(json.data).toMatchObject([{ criterion: 'MSELoss', pos_weight: [2] }]);
    expect(json.ignored).toEqual(['trim', 'pos_weight']);
  });

  it('keep the default criterion of a classification if it fits', async () => {
    await using server = await start();
    const driver = driverOf(server);
    await withExperiment(server, 'classify');
    const probabilities = [{ ...model[0]!, activation: 'sigmoid' }];
    await driver.experiments.update({ collab_id: 'c', project_id: 'p', expt_id: 'e', model: probabilities });
    const { json } = await server.call('POST', R, { run_id: 'r' });
    expect([json.data, json.notes]).toMatchObject([{ criterion: 'BCELoss' }, undefined]);
  });
});
