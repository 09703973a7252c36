import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMlflowFolder, createMlflowServer, type TrackedRun, type Tracker } from '../src/index.js';
import { MlflowReader, mlflowPython, MlflowServer } from './mlflow.js';

const python = mlflowPython();
const directory = mkdtempSync(join(tmpdir(), 'synergos-trackers-'));
const signal = new AbortController().signal;

/** One suite for every tracker; MLflow's own client reads the result. */
describe.skipIf(python === undefined)('a tracker', { timeout: 60_000 }, () => {
  const server = new MlflowServer(python ?? '', join(directory, 'server'));
  const reader = new MlflowReader(python ?? '');
  beforeAll(() => server.start(), 300_000);
  afterAll(async () => {
    reader.close();
    await server.kill();
    rmSync(directory, { recursive: true });
  });

  const places: readonly (readonly [string, () => { tracker: Tracker; uri: string }])[] = [
    ['an MLflow server', () => ({ tracker: createMlflowServer({ url: server.url }), uri: server.url })],
    [
      "MLflow's layout of files",
      () => ({
        tracker: createMlflowFolder(join(directory, 'mlruns')),
        uri: `file:${join(directory, 'mlruns')}`,
      }),
    ],
  ];
  let runs = 0;
  const newRun = (change: Partial<TrackedRun> = {}): TrackedRun => {
    const id = `job-${++runs}`;
    return {
      id,
      experiment: `experiment of ${id}`,
      name: `run of ${id}`,
      startedMs: 1_700_000_000_123,
      ...change,
    };
  };

  describe.each(places)('that is %s', (_, place) => {
    const read = async ({ experiment }: TrackedRun) => {
      return (await reader.read(place().uri, { experiment })).flatMap((one) => one.runs);
    };

    it('shows a run with its metrics, parameters, tags and end', async () => {
      const { tracker } = place();
      const run = newRun({ experiment: 'collab: "yes"/12:30/é', name: 'yes' });
      const id = await tracker.openRun(run, signal);
      const metrics = [1, 2, 3].map((step) => ({
        key: 'train/loss',
        value: 1 / step,
        step,
        timestampMs: 1000 + step,
      }));
      const odd = { key: 'participants/a:2fb é/1e-7', value: 1.5e-9, step: 0, timestampMs: 5 };
      await tracker.log(
        id,
        { metrics: [...metrics, odd], params: { lr: '0.1' }, tags: { who: 'me\nyou' } },
        signal,
      );
      expect(await read(run)).toMatchObject([{ name: 'yes', status: 'RUNNING', ended: null }]);
      await tracker.endRun(id, 'FINISHED', 1_700_000_009_999, signal);
      const [shown] = await read(run);
      expect(shown).toMatchObject({
        name: 'yes',
        status: 'FINISHED',
        started: 1_700_000_000_123,
        ended: 1_700_000_009_999,
        params: { lr: '0.1' },
        tags: { who: 'me\nyou' },
        metrics: {
          'train/loss': [
            [1, 1, 1001],
            [2, 0.5, 1002],
            [3, 1 / 3, 1003],
          ],
          'participants/a:2fb é/1e-7': [[0, 1.5e-9, 5]],
        },
      });
    });

    it('accepts every call again without counting it twice', async () => {
      const run = newRun({ parent: { id: 'optimization-1', name: 'optimization' }, experiment: 'twice' });
      const file = join(directory, 'artifact');
      writeFileSync(file, 'weights');
      const batch = {
        metrics: [1, 2].map((step) => ({ key: 'loss', value: step, step, timestampMs: step })),
        params: { lr: '0.1' },
        tags: { state: 'new' },
      };
      for (let time = 1; time <= 2; time++) {
        // Simulates another process, without the state of the first one.
        const { tracker } = place();
        const id = await tracker.openRun(run, signal);
        await tracker.log(id, batch, signal);
        await tracker.putArtifact(id, 'model/weights', file, signal);
        await tracker.endRun(id, 'FAILED', 9, signal);
      }
      const found = await read(run);
      expect(found).toHaveLength(2);
      const child = found.find(({ name }) => name === run.name);
      expect(child?.metrics.loss).toEqual([
        [1, 1, 1],
        [2, 2, 2],
      ]);
      expect(Object.keys(child?.artifacts ?? {})).toEqual(['model/weights']);
    });

    it('nests runs below their parent, which the first of them creates', async () => {
      const parent = { id: `optimization-${++runs}`, name: 'the search' };
      const experiment = `search ${runs}`;
      const { tracker } = place();
      for (const name of ['optim_run_1', 'optim_run_2'])
        await tracker.openRun(newRun({ parent, experiment, name }), signal);
      const opened = await tracker.openRun({ ...newRun({ experiment }), ...parent }, signal);
      await tracker.log(opened, { params: { trials: '2' } }, signal);
      const found = await read(newRun({ experiment }));
      const top = found.find(({ name }) => name === 'the search');
      expect(top?.params).toEqual({ trials: '2' });
      expect(
        found
          .filter(({ tags }) => tags['mlflow.parentRunId'] === top?.id)
          .map(({ name }) => name)
          .sort(),
      ).toEqual(['optim_run_1', 'optim_run_2']);
      expect(found).toHaveLength(3);
    });

    it('has one parent and one of each run if several processes open them at the same time', async () => {
      const parent = { id: `optimization-${++runs}`, name: 'the search' };
      const experiment = `search ${runs}`;
      const trials = ['trial_1', 'trial_2', 'trial_3'].map((name) => newRun({ parent, experiment, name }));
      // One after another: the creation of the experiment would serialise them.
      await place().tracker.openRun(newRun({ experiment, name: 'another' }), signal);
      const open = (run: TrackedRun) => place().tracker.openRun(run, signal);
      const opened = await Promise.all([...trials, { ...newRun({ experiment }), ...parent }].map(open));
      expect(await Promise.all(trials.map(open))).toEqual(opened.slice(0, trials.length));
      for (const runId of opened) await place().tracker.endRun(runId, 'FINISHED', 1_700_000_009_999, signal);
      const found = await read(newRun({ experiment }));
      expect(found.map(({ name }) => name).sort()).toEqual([
        'another',
        'the search',
        'trial_1',
        'trial_2',
        'trial_3',
      ]);
      const top = found.find(({ name }) => name === 'the search');
      for (const { name, status, tags } of found.filter(({ name: one }) => one !== 'another'))
        expect([name, status, tags['mlflow.parentRunId']]).toEqual([
          name,
          'FINISHED',
          name === 'the search' ? undefined : top?.id,
        ]);
    });

    it('stores artifacts byte by byte, and the later one of two with the same name', async () => {
      const { tracker } = place();
      const run = newRun();
      const id = await tracker.openRun(run, signal);
      const folder = join(directory, 'files');
      mkdirSync(folder, { recursive: true });
      const bytes = Buffer.alloc(3_000_001, 'synergos');
      writeFileSync(join(folder, 'old'), 'x');
      writeFileSync(join(folder, 'big'), bytes);
      writeFileSync(join(folder, 'empty'), '');
      await tracker.putArtifact(id, 'model/big.bin', join(folder, 'old'), signal);
      await tracker.putArtifact(id, 'model/big.bin', join(folder, 'big'), signal);
      await tracker.putArtifact(id, 'empty', join(folder, 'empty'), signal);
      const [shown] = await read(run);
      expect(shown?.artifacts['model/big.bin']).toBe(createHash('sha256').update(bytes).digest('hex'));
      expect(shown?.artifacts.empty).toBe(createHash('sha256').digest('hex'));
    });

    it('splits batches that exceed one call, and cuts values that are too long', async () => {
      const { tracker } = place();
      const run = newRun();
      const id = await tracker.openRun(run, signal);
      const metrics = Array.from({ length: 2500 }, (__, step) => ({
        key: 'loss',
        value: step,
        step,
        timestampMs: step,
      }));
      const params = Object.fromEntries(
        Array.from({ length: 130 }, (__, at) => [`p${at}`, '½'.repeat(7000)]),
      );
      const tags = Object.fromEntries(Array.from({ length: 130 }, (__, at) => [`t${at}`, '😀'.repeat(4000)]));
      await tracker.log(id, { metrics, params, tags }, signal);
      const [shown] = await read(run);
      expect(shown?.metrics.loss).toHaveLength(2500);
      expect(Object.keys(shown?.params ?? {})).toHaveLength(130);
      expect(shown?.params.p129).toBe(`${'½'.repeat(5999)}…`);
      expect(shown?.tags.t129).toMatch(/^😀+…$/u);
      await tracker.log(id, {}, signal);
    });

    it.each(['../x', 'a/../../x', '/x', 'a//b', 'a@b', ''])('refuses the name %j', async (key) => {
      const { tracker } = place();
      const id = await tracker.openRun(newRun({ experiment: 'names' }), signal);
      const metrics = [{ key, value: 1, step: 1, timestampMs: 1 }];
      await expect(tracker.log(id, { metrics }, signal)).rejects.toMatchObject({ code: 'tracker_refused' });
    });

    it('refuses a run that was deleted in the tracker, and restores a deleted experiment', async () => {
      const { tracker, uri } = place();
      const run = newRun();
      await tracker.openRun(run, signal);
      const { experiment } = run;
      const [made] = await read(run);
      const [{ id } = {}] = await reader.read(uri, { experiment, calls: [['delete_run', [made?.id]]] });
      await expect(tracker.openRun(run, signal)).rejects.toMatchObject({ reason: 'run_deleted' });
      await reader.read(uri, { experiment, calls: [['delete_experiment', [id]]] });
      expect(await read(run)).toEqual([]);
      const next = newRun({ experiment });
      await tracker.openRun(next, signal);
      expect((await read(next)).map(({ name }) => name)).toContain(next.name);
    });
  });
});
