import { setTimeout as delay } from 'node:timers/promises';
import { SynergosError, type Job, type JobEvent, type ValidationFields } from '@synergos/driver';
import { metricsOf } from '@synergos/scaling';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, EXPERIMENT, Federation, IDS } from './federation.js';

const federation = new Federation();
beforeAll(() => federation.start(), 60_000);
afterAll(() => federation.close());

const ids = { ...IDS, expt_id: EXPERIMENT };
/** Arguments of all trials: like the runs of these tests, but shorter. */
const SHARED = {
  algorithm: 'FedAvg',
  rounds: 4,
  epochs: 10,
  batch_size: 8,
  lr_scheduler: 'none',
  criterion: 'NLLLoss',
  patience: 1000,
  seed: 7,
} as const;
const LR = { _type: 'loguniform', _value: [1e-4, 1] } as const;

const jobsOf = async (optimization: string): Promise<readonly Job[]> =>
  (await federation.driver.jobs.readAll()).filter(({ payload }) => payload.optimization === optimization);

/** Every part of every trial has one train and one validate job, and no other. */
async function expectNoneDoubled(optimization: string): Promise<void> {
  const jobs = await jobsOf(optimization);
  const parts = jobs.map(({ kind, payload }) => JSON.stringify([kind, payload.run_id, payload.until_round]));
  expect(new Set(parts).size).toBe(parts.length);
  expect(jobs.filter(({ kind }) => kind === 'align').length).toBeLessThanOrEqual(1);
}

it('finds hyperparameters that give a good model, and stops trials that do not', async () => {
  const trials = await federation.driver.optimizations.create({
    ...ids,
    search_space: { ...SHARED, lr: LR },
    searcher: 'HyperOptSearch',
    scheduler: 'AsyncHyperBandScheduler',
    metric: 'accuracy',
    optimize_mode: 'max',
    max_trial_num: 9,
    seed: 3,
  });
  expect(trials).toHaveLength(9);
  const [best] = trials;
  expect(best?.trial).toMatchObject({ best: true, rank: 1 });
  expect(best?.trial.value).toBeGreaterThan(0.8);
  expect(trials.map(({ trial }) => trial.rank)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const values = trials.map(({ trial }) => trial.value ?? -1);
  expect(values).toEqual([...values].sort((a, b) => b - a));
  expect(values.at(-1)).toBeLessThan(0.6);
  expect(trials.filter(({ trial }) => trial.state === 'stopped').length).toBeGreaterThanOrEqual(5);
  expect(trials.some(({ trial }) => trial.state === 'completed' && trial.rounds === 4)).toBe(true);
  for (const { relations } of trials) {
    expect(relations.Model).toHaveLength(1);
    expect(relations.Validation).toHaveLength(3);
  }
  // The available metrics are those of validations.
  const { evaluate } = best!.relations.Validation![0] as unknown as ValidationFields;
  const metrics = [...metricsOf('classify').keys()].filter((name) => name !== 'loss' && name !== 'score');
  expect(Object.keys(evaluate.statistics).sort()).toEqual(metrics.sort());
  const optimization_id = best?.trial.optimization ?? '';
  await expectNoneDoubled(optimization_id);
  expect(federation.ttpLog()).toMatch(/HyperOptSearch.*tpe|tpe.*HyperOptSearch/);
  expect(await federation.driver.optimizations.artifacts({ ...ids, optimization_id })).toEqual([
    'trials.csv',
    'trials.svg',
  ]);
  const table = await federation.driver.optimizations.download({
    ...ids,
    optimization_id,
    name: 'trials.csv',
  });
  expect(Buffer.from(table).toString().split('\r\n')).toHaveLength(11);
}, 120_000);

it('continues without a lost or duplicated trial when the TTP is killed at any point', async () => {
  const request = {
    ...ids,
    search_space: { ...SHARED, rounds: 2, lr: LR },
    searcher: 'halton',
    max_trial_num: 4,
    metric: 'accuracy',
    seed: 5,
  } as const;
  const undisturbed = await federation.driver.optimizations.create(request);
  const [job_id = ''] = await federation.driver.optimizations.start(request);
  let kills = 0;
  let isOver = false;
  const events: JobEvent[] = [];
  const following = federation.driver.jobs
    .wait({ job_id }, { onEvent: (event) => events.push(event) })
    .finally(() => (isOver = true));
  for (; kills < 3 && !isOver; kills++) {
    await delay(150 + 170 * kills);
    await federation.restartTtp();
  }
  const job = await following;
  expect(kills).toBe(3);
  expect(job.attempts).toBeGreaterThan(1);
  const disturbed = (await federation.driver.optimizations.readAll(ids)).filter(
    ({ trial }) => trial.optimization === job_id,
  );
  const told = ({ lr, trial }: (typeof disturbed)[number]) => [trial.number, lr, trial.value, trial.rank];
  expect(disturbed.map(told)).toEqual(undisturbed.map(told));
  await expectNoneDoubled(job_id);
  expect(events.filter(({ type }) => type === 'trial_started')).toHaveLength(4);
  expect(events.filter(({ type }) => type === 'trial_reported')).toHaveLength(4);
}, 120_000);

it('is cancelled with its running trial', async () => {
  const [job_id = ''] = await federation.driver.optimizations.start({
    ...ids,
    search_space: { ...SHARED, rounds: 500, lr: LR },
    metric: 'accuracy',
  });
  await eventually('a trial trains', async () =>
    (await jobsOf(job_id)).some(({ kind, state }) => kind === 'train' && state === 'running'),
  );
  await federation.driver.jobs.cancel({ job_id });
  await expect(federation.driver.jobs.wait({ job_id })).rejects.toMatchObject({ code: 'cancelled' });
  // It has received the cancellation; the training determines when it responds.
  await eventually('the training ends', async () => {
    const trained = (await jobsOf(job_id)).filter(({ kind }) => kind === 'train');
    return trained.length === 1 && trained[0]?.state === 'cancelled';
  });
  const [trial] = await federation.driver.optimizations.readAll(ids);
  expect(trial?.trial).toMatchObject({ optimization: job_id, state: 'cancelled', value: null });
  // The grid is available for other jobs.
  await federation.createRun('after', { rounds: 1, epochs: 2 });
  await federation.train('after');
});

it('is rejected before a job is created if a field is invalid', async () => {
  const before = (await federation.driver.jobs.readAll()).length;
  const refused = federation.driver.optimizations.create({
    ...ids,
    search_space: {
      lr: { _type: 'uniform', _value: [1, 0] },
      momentum: { _type: 'uniform', _value: [0, 2] },
    },
    metric: 'MSE',
    max_exec_duration: 'soon',
  });
  const error = await refused.then(
    () => undefined,
    (thrown: unknown) => thrown as SynergosError,
  );
  expect(error).toBeInstanceOf(SynergosError);
  expect(error?.errors.map(({ path }) => path)).toEqual(['search_space.lr._value', 'max_exec_duration']);
  const second = federation.driver.optimizations.create({
    ...ids,
    search_space: { momentum: { _type: 'uniform', _value: [0, 2] } },
    metric: 'MSE',
  });
  await expect(second).rejects.toMatchObject({
    status: 400,
    errors: [{ path: 'search_space.momentum' }, { path: 'metric' }],
  });
  expect(await federation.driver.jobs.readAll()).toHaveLength(before);
});
