import type { Job } from '@synergos/driver';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ClusterFederation } from './cluster-federation.js';
import { eventually, EXPERIMENT, IDS } from './federation.js';

const federation = new ClusterFederation();
beforeAll(async () => {
  await federation.start({ grids: 2 });
}, 120_000);
afterAll(() => federation.close(), 60_000);

const ids = { ...IDS, expt_id: EXPERIMENT };
const REQUEST = {
  ...ids,
  search_space: {
    ...{ algorithm: 'FedAvg', rounds: 4, epochs: 40, batch_size: 8, lr_scheduler: 'none', seed: 7 },
    ...{ criterion: 'NLLLoss', patience: 1000 },
    lr: { _type: 'loguniform', _value: [1e-3, 1] },
  },
  searcher: 'halton',
  scheduler: 'hyperband',
  grace_period: 2,
  metric: 'accuracy',
  max_trial_num: 6,
  trial_concurrency: 3,
} as const;

const jobsOf = async (optimization: string): Promise<readonly Job[]> =>
  (await federation.driver.jobs.readAll()).filter(({ payload }) => payload.optimization === optimization);

it('an optimization runs on both grids, and continues after the death of the director and a TTP without a lost or duplicated trial', async () => {
  const [job_id = ''] = await federation.driver.optimizations.start(REQUEST);
  const trained = async () => (await jobsOf(job_id)).filter(({ kind }) => kind === 'train');
  // Both grids run a trial.
  await eventually(
    'two TTPs train',
    async () => {
      const running = (await trained()).filter(({ state }) => state === 'running');
      return new Set(running.map(({ holder }) => holder)).size === 2;
    },
    60_000,
  );
  await federation.restartDirector();
  await federation.killTtp(1);
  const job = await federation.driver.jobs.wait({ job_id }, { signal: AbortSignal.timeout(120_000) });
  await federation.startTtp(1);

  expect(job).toMatchObject({ state: 'completed', result: { trials: 6, ended: 'all trials done' } });
  const trials = await federation.driver.optimizations.readAll(ids);
  expect(trials.map(({ trial }) => trial.rank)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(trials[0]?.trial).toMatchObject({ best: true, optimization: job_id });
  expect(trials.some(({ trial }) => trial.state === 'stopped' && trial.rounds === 2)).toBe(true);
  expect(trials.some(({ trial }) => trial.state === 'completed' && trial.rounds === 4)).toBe(true);
  for (const { relations } of trials) {
    expect(relations.Model).toHaveLength(1);
    expect(relations.Validation).toHaveLength(3);
  }
  const jobs = await jobsOf(job_id);
  const parts = jobs.map(({ kind, payload }) => JSON.stringify([kind, payload.run_id, payload.until_round]));
  expect(new Set(parts).size).toBe(parts.length);
  expect(jobs.every(({ state }) => state === 'completed')).toBe(true);
  expect(jobs.some(({ holder }) => holder === 'ttp-0')).toBe(true);
  expect(await federation.driver.optimizations.artifacts({ ...ids, optimization_id: job_id })).toEqual([
    'trials.csv',
    'trials.svg',
  ]);
}, 240_000);

it('supports the flow of the original client: POST answers at once without data, GET shows the trials as they arrive', async () => {
  const { url, adminToken } = federation.director;
  const path = `${url}/ttp/train/collaborations/${IDS.collab_id}/projects/${IDS.project_id}/models/${EXPERIMENT}/optimizations/`;
  const { collab_id: _c, project_id: _p, expt_id: _e, ...body } = REQUEST;
  const call = async (method: string) => {
    const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };
    const sent = method === 'POST' ? { body: JSON.stringify({ ...body, max_trial_num: 1 }) } : {};
    const response = await fetch(path, { method, headers, ...sent });
    return (await response.json()) as {
      status: number;
      data: { trial: { optimization: string } }[];
      jobs: string[];
    };
  };
  const { status, data, jobs } = await call('POST');
  expect({ status, data }).toEqual({ status: 202, data: [] });
  await eventually('the trial', async () =>
    (await call('GET')).data.some(({ trial }) => trial.optimization === jobs[0]),
  );
  await federation.driver.jobs.wait({ job_id: jobs[0] ?? '' }, { signal: AbortSignal.timeout(60_000) });
}, 120_000);

it.each([
  ['search_space.lr._type', { search_space: { lr: { _type: 'unifrom', _value: [0, 1] } } }],
  ['search_space.lr._value', { search_space: { lr: { _type: 'uniform', _value: [1, 1] } } }],
  ['search_space.lr._value', { search_space: { lr: { _type: 'choice', _value: [] } } }],
  ['metric', { metric: 'R2' }],
  ['max_exec_duration', { max_exec_duration: 'an hour' }],
])('an invalid %s is rejected by name before a job is published: %j', async (path, wrong) => {
  const before = (await federation.driver.jobs.readAll()).length;
  await expect(
    federation.driver.optimizations.start({ ...REQUEST, ...wrong } as never),
  ).rejects.toMatchObject({
    status: 400,
    errors: [{ path }],
  });
  expect(await federation.driver.jobs.readAll()).toHaveLength(before);
});

it('an optimization without a suitable grid is rejected with the missing node, before a job is published', async () => {
  const project = { collab_id: IDS.collab_id, project_id: 'without-nodes' };
  await federation.driver.projects.create({ ...project, action: 'classify' });
  const whose = { ...project, participant_id: 'dream' };
  await federation.driver.registrations.create({ ...whose, role: 'host' });
  await federation.driver.tags.create({
    ...whose,
    train: [['penguins', 'train']],
    evaluate: [['penguins', 'evaluate']],
  });
  const model = [{ l_type: 'Linear', is_input: true, structure: { in_features: 4, out_features: 3 } }];
  await federation.driver.experiments.create({ ...project, expt_id: EXPERIMENT, model });
  const before = (await federation.driver.jobs.readAll()).length;
  await expect(federation.driver.optimizations.start({ ...REQUEST, ...project })).rejects.toMatchObject({
    status: 422,
    errors: [{ path: 'node_0' }],
  });
  expect(await federation.driver.jobs.readAll()).toHaveLength(before);
});
