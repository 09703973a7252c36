import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalStore, createJobStore, createRecordStore, openDatabase } from '@synergos/artifacts';
import { createEngine, createRegistry } from '@synergos/fed-algorithms';
import {
  DataPlane,
  decodeSafetensors,
  encodeSafetensors,
  WorkerClient,
  type TaskHandler,
  type TrainTask,
} from '@synergos/rpc-core';
import {
  createDividedQueue,
  createInProcessQueue,
  jobIsOver,
  jobsOfKinds,
  searcherNamed,
  searchSpaceSchema,
  trialsOf,
  OPTIMIZE,
  type Job,
  type TrialFields,
} from '@synergos/scaling';
import { createUploadSlots } from '../src/index.js';
import { describe, expect, it, vi } from 'vitest';
import { TaskFailure } from '@synergos/rpc-core';
import { createJobHandlers, createOptimizer, createRunChecks } from '@synergos/orchestration';

// Each test opens a database, a data plane and a worker.
vi.setConfig({ testTimeout: 60_000 });

const PROJECT = { collab_id: 'c', project_id: 'p' };
const EXPERIMENT = { ...PROJECT, expt_id: 'e' };
const SPACE = { datatype: 'tabular', columns: [], features: ['x'], classes: ['a', 'b'] };
const MODEL = [
  { l_type: 'Linear', structure: { in_features: 1, out_features: 1 }, activation: 'sigmoid', is_input: true },
];
const PLAN = {
  ...EXPERIMENT,
  search_space: {
    lr: { _type: 'choice', _value: [0.1, 0.2, 0.3, 0.4] },
    rounds: 4,
    lr_scheduler: 'none',
  },
  searcher: 'grid',
  scheduler: 'none',
  metric: 'accuracy',
  mode: 'max',
  seed: 1,
  max_trials: 10,
  concurrency: 1,
  max_duration_ms: 60_000,
  rounds: 4,
  grace_period: 1,
  reduction_factor: 2,
  align: false,
};

interface Hooks {
  readonly onTrain?: (lr: number, round: number) => void | Promise<void>;
}

/** A worker with models that count their training steps, and are better the nearer lr is to 0.3. */
function handlersOf({ onTrain }: Hooks): Record<'train' | 'evaluate', TaskHandler> {
  return {
    train: async ({ payload, tensors }) => {
      const { round, arguments: args } = payload as TrainTask;
      const lr = Number(args.lr);
      await onTrain?.(lr, round);
      const { tensors: infos, data } = decodeSafetensors(tensors.global ?? new Uint8Array());
      const reply = { samples: 1, steps: 1, epochs: 1, loss: 1, stoppedEarly: false, seconds: 0 };
      const update = encodeSafetensors(
        infos,
        data.map(() => lr),
      );
      return { payload: { ...reply, evaluation: null }, tensors: { update } };
    },
    evaluate: async ({ payload }) => {
      const lr = Number((payload as TrainTask).arguments.lr);
      const accuracy = Math.round(100 - 100 * Math.abs(lr - 0.3)) / 100;
      return {
        payload: {
          samples: 4,
          loss: 1 - accuracy,
          score: accuracy,
          statistics: { accuracy: [accuracy, accuracy], f_score: [null, null] },
          resPath: '',
        },
      };
    },
  };
}

/** The state that survives a process: a database and a folder. */
async function dependencies() {
  const directory = mkdtempSync(join(tmpdir(), 'synergos-optimize-'));
  const database = await openDatabase({ path: join(directory, 'records.sqlite') });
  const records = createRecordStore(database);
  await records.create('Collaboration', PROJECT, {});
  await records.create('Project', PROJECT, { action: 'classify', common_space: SPACE });
  await records.create('Experiment', EXPERIMENT, { model: MODEL });
  await records.create('Participant', { participant_id: 'a' }, {});
  await records.create('Registration', { ...PROJECT, participant_id: 'a' }, {});
  await records.create(
    'Tag',
    { ...PROJECT, participant_id: 'a' },
    { train: [['data']], evaluate: [['data']] },
  );
  const files = createLocalStore(join(directory, 'outputs'));
  const store = createJobStore(database);
  return {
    records,
    files,
    store,
    /** The part of a TTP that runs jobs, with a worker. */
    async open(hooks: Hooks = {}) {
      const dataPlane = new DataPlane({ authenticate: () => 'ok' });
      const { port } = await dataPlane.listen(0);
      const url = `http://127.0.0.1:${port}`;
      const handlers = handlersOf(hooks);
      const client = new WorkerClient({ url, participant: 'a', software: 'test', handlers });
      client.start();
      const grid = createInProcessQueue({
        store: jobsOfKinds(store, (kind) => kind !== OPTIMIZE),
      });
      const own = createInProcessQueue({
        store: jobsOfKinds(store, (kind) => kind === OPTIMIZE),
      });
      const queue = createDividedQueue({ store, kinds: [OPTIMIZE], queue: own, rest: grid });
      const registry = createRegistry();
      const parts = {
        records,
        artifacts: files,
        scratch: files,
        dataPlane,
        registry,
        engine: createEngine(),
        uploads: createUploadSlots({ directory }),
      };
      const checks = createRunChecks(registry);
      const history = (job: string) => store.events(job);
      await queue.start({
        ...createJobHandlers({ ...parts, connectTimeoutMs: 2000 }),
        [OPTIMIZE]: createOptimizer({ records, artifacts: files, checks, jobs: grid, history }),
      });
      return {
        queue,
        async close() {
          await queue.close();
          await client.close();
          await dataPlane.close();
        },
      };
    },
    async trials(): Promise<readonly TrialFields[]> {
      const runs = await records.list('Run', EXPERIMENT);
      return runs.flatMap(({ body }) => (body.trial as TrialFields | undefined) ?? []);
    },
    async jobs(): Promise<readonly Job[]> {
      return store.list();
    },
    async [Symbol.asyncDispose]() {
      await database.close();
      rmSync(directory, { recursive: true });
    },
  };
}

type Dependencies = Awaited<ReturnType<typeof dependencies>>;

async function optimize(there: Dependencies, change: object = {}, hooks: Hooks = {}): Promise<Job> {
  const ttp = await there.open(hooks);
  try {
    return await ttp.queue.wait((await ttp.queue.submit(OPTIMIZE, { ...PLAN, ...change })).id);
  } finally {
    await ttp.close();
  }
}

describe('an optimization', () => {
  it('creates a run for every trial, with model and validations, and marks the best', async () => {
    await using there = await dependencies();
    const job = await optimize(there);
    expect(job.error).toBeNull();
    expect(job.result).toMatchObject({
      trials: 4,
      best: { trial: 3, value: 1, hyperparameters: { lr: 0.3, rounds: 4 } },
    });
    const trials = await there.trials();
    expect(
      trials.map(({ value, rank, best, state, rounds }) => ({ value, rank, best, state, rounds })),
    ).toEqual([
      { value: 0.8, rank: 4, best: false, state: 'completed', rounds: 4 },
      { value: 0.9, rank: 2, best: false, state: 'completed', rounds: 4 },
      { value: 1, rank: 1, best: true, state: 'completed', rounds: 4 },
      { value: 0.9, rank: 3, best: false, state: 'completed', rounds: 4 },
    ]);
    const runs = await there.records.list('Run', EXPERIMENT);
    expect(runs.every(({ key }) => /^optim_run_[-0-9a-f]{36}$/.test(key.run_id ?? ''))).toBe(true);
    expect(await there.records.list('Model', EXPERIMENT)).toHaveLength(4);
    expect(await there.records.list('Validation', EXPERIMENT)).toHaveLength(4);
    const table = await there.files.get(`c/p/e/optimization_${job.id}_trials.csv`);
    const [head, first, ...others] = Buffer.from(table ?? '')
      .toString()
      .trim()
      .split('\r\n');
    expect(head).toBe('rank,run_id,state,rounds_done,accuracy,lr,rounds,lr_scheduler');
    expect(first).toMatch(/^1,optim_run_[-0-9a-f]+,completed,4,1,0.3,4,none$/);
    expect(others).toHaveLength(3);
    const plot = Buffer.from(
      (await there.files.get(`c/p/e/optimization_${job.id}_trials.svg`)) ?? '',
    ).toString();
    expect(plot).toMatch(/^<svg [^>]*xmlns/);
    for (const text of ['e: accuracy of 4 trials', 'accuracy', 'lr']) expect(plot).toContain(`>${text}<`);
  });

  it('stops trials at the end of a round, with the model and the validation of it', async () => {
    await using there = await dependencies();
    const rounds = new Map<number, number[]>();
    const onTrain = (lr: number, round: number) => void rounds.set(lr, [...(rounds.get(lr) ?? []), round]);
    const job = await optimize(there, { scheduler: 'hyperband', grace_period: 2 }, { onTrain });
    expect(job.error).toBeNull();
    const trials = await there.trials();
    // A bracket of four with two rounds; two of them continue to four rounds.
    expect(trials.map(({ state, rounds: done }) => `${state} ${done}`)).toEqual([
      'stopped 2',
      'completed 4',
      'completed 4',
      'completed 4',
    ]);
    // No round was trained twice.
    expect(rounds.get(0.1)).toEqual([1, 2]);
    expect(rounds.get(0.3)).toEqual([1, 2, 3, 4]);
    const models = await there.records.list('Model', EXPERIMENT);
    expect(models.map(({ body }) => body.rounds).sort()).toEqual([2, 4, 4, 4]);
  });

  it('ends with the same model as an uninterrupted run of the same arguments', async () => {
    await using there = await dependencies();
    const job = await optimize(there, { scheduler: 'asha', max_trials: 4 });
    const { best } = job.result as { best: { run_id: string } };
    const ttp = await there.open();
    const [trial] = await there.records.list('Run', { ...EXPERIMENT, run_id: best.run_id });
    const { trial: _, ...args } = trial?.body ?? {};
    await there.records.create('Run', { ...EXPERIMENT, run_id: 'uncut' }, args);
    await ttp.queue.wait((await ttp.queue.submit('train', { ...EXPERIMENT, run_id: 'uncut' })).id);
    await ttp.close();
    const digests = (await there.records.list('Model', EXPERIMENT)).map(({ key, body }) => [
      key.run_id,
      (body.global as { sha256: string }).sha256,
    ]);
    const weights = async (run: string) =>
      decodeSafetensors((await there.files.get(`c/p/e/${run}/global_model.safetensors`))!).data;
    expect(digests.map(([run]) => run)).toContain(best.run_id);
    expect(await weights(best.run_id)).toEqual(await weights('uncut'));
  });

  it('continues after a restart without a lost or duplicated trial', async () => {
    await using there = await dependencies();
    let isStuck = true;
    let stuck!: () => void;
    const isThere = new Promise<void>((resolve) => (stuck = resolve));
    const onTrain = async (lr: number, round: number) => {
      if (!isStuck || lr !== 0.2 || round !== 3) return;
      stuck();
      await new Promise<never>(() => undefined);
    };
    const first = await there.open({ onTrain });
    const { id } = await first.queue.submit(OPTIMIZE, PLAN);
    await isThere;
    await first.close();
    isStuck = false;
    const second = await there.open({ onTrain });
    const job = await second.queue.wait(id);
    await second.close();
    expect(job).toMatchObject({ state: 'completed', attempts: 2, result: { trials: 4, best: { trial: 3 } } });
    expect((await there.trials()).map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect((await there.jobs()).map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      'optimize completed',
      ...Array.from({ length: 4 }, () => ['train completed', 'validate completed']).flat(),
    ]);
  });

  it('cancels its jobs when it is cancelled, and marks its trials as cancelled', async () => {
    await using there = await dependencies();
    let training!: () => void;
    const isTraining = new Promise<void>((resolve) => (training = resolve));
    const ttp = await there.open({
      onTrain: async (lr) => {
        if (lr !== 0.2) return;
        training();
        await new Promise<never>(() => undefined);
      },
    });
    const { id } = await ttp.queue.submit(OPTIMIZE, PLAN);
    await isTraining;
    expect(await ttp.queue.cancel(id)).toMatchObject({ state: 'cancelled' });
    await ttp.close();
    expect((await there.jobs()).every(jobIsOver)).toBe(true);
    expect((await there.trials()).map(({ state }) => state)).toEqual(['completed', 'cancelled']);
  });

  it('ends when its time is up, with the best trial so far', async () => {
    await using there = await dependencies();
    const onTrain = (lr: number) => (lr > 0.2 ? new Promise<never>(() => undefined) : undefined);
    const job = await optimize(there, { max_duration_ms: 6000 }, { onTrain });
    expect(job).toMatchObject({ state: 'completed', result: { ended: 'time is up', best: { trial: 2 } } });
    expect((await there.trials()).map(({ state }) => state)).toEqual(['completed', 'completed', 'cancelled']);
    expect((await there.jobs()).every(jobIsOver)).toBe(true);
  });

  it('continues after a failed trial, and reports the reason', async () => {
    await using there = await dependencies();
    const onTrain = (lr: number) => {
      if (lr === 0.3) throw new TaskFailure('participant_storage_full', 'the disk is gone');
    };
    const job = await optimize(there, {}, { onTrain });
    expect(job).toMatchObject({ state: 'completed', result: { trials: 4, best: { trial: 2 } } });
    const [, , failed] = await there.trials();
    expect(failed).toMatchObject({ state: 'failed', rank: null, value: null });
    expect(failed?.reason).toContain('the disk is gone');
  });

  it('fails with the reason after three trials without a value', async () => {
    await using there = await dependencies();
    const onTrain = () => {
      throw new TaskFailure('participant_storage_full', 'the disk is gone');
    };
    const job = await optimize(there, {}, { onTrain });
    expect(job).toMatchObject({ state: 'failed', error: { code: 'no_trial_succeeded' } });
    expect(job.error?.message).toContain('the disk is gone');
    expect(await there.trials()).toHaveLength(3);
  });

  it("tries the searcher's proposals for the seed and the earlier trials, also under an alias", async () => {
    await using there = await dependencies();
    const space = { lr: { _type: 'uniform', _value: [0.1, 0.5] }, rounds: 1, lr_scheduler: 'none' };
    const change = { search_space: space, searcher: 'OptunaSearch', rounds: 1, max_trials: 12, seed: 7 };
    const { id } = await optimize(there, change);
    const trials = trialsOf(await there.store.events(id));
    const study = { space: searchSpaceSchema.parse(space), seed: 7, mode: 'max' } as const;
    const proposals = trials.map((_, at) =>
      searcherNamed('tpe')?.found.suggest({ ...study, trials: trials.slice(0, at) }),
    );
    expect(trials.map(({ point }) => point)).toEqual(proposals);
    expect(trials).toHaveLength(12);
  });
});
