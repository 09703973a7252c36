import { execFile, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { preprocessingSchema } from '@synergos/contract';
import { createRecordStore, openDatabase } from '@synergos/artifacts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, EXPERIMENT, Federation, IDS, kill } from './federation.js';
import { pythonThatHas, pythonWith } from './python.js';

const federation = new Federation();
const run = (run_id: string) => ({ ...IDS, expt_id: EXPERIMENT, run_id });
const folderOf = (run_id: string) =>
  join(federation.directory, 'ttp', 'outputs', IDS.collab_id, IDS.project_id, EXPERIMENT, run_id);

const ownFile = (island: string, name: string) =>
  join(
    federation.directory,
    'islands',
    island,
    'outputs',
    IDS.collab_id,
    IDS.project_id,
    EXPERIMENT,
    'first',
    name,
  );

beforeAll(async () => {
  await federation.start();
  await federation.createRun('first', { rounds: 3, epochs: 5 });
  await federation.train('first');
});
afterAll(() => federation.close());

describe('a trained model', () => {
  it('has a lineage: its inputs, and the model that its training started from', async () => {
    const start_from = { expt_id: EXPERIMENT, run_id: 'first' };
    await federation.createRun('second', { rounds: 2, epochs: 5, start_from });
    await federation.train('second');
    const [second, first, ...more] = await federation.driver.models.lineage(run('second'));
    expect(more).toEqual([]);
    const model = first?.files['global_model.safetensors'];
    expect(second?.parent).toEqual({ run: first?.run, sha256: model?.sha256 });
    expect(first).toMatchObject({ algorithm: 'FedAvg', rounds: 3, parent: null, arguments: { seed: 7 } });
    expect(Object.keys(first?.participants ?? {})).toEqual(['biscoe', 'dream', 'torgersen']);
    expect(first?.participants.dream?.data_version).toMatch(/^[0-9a-f]{64}$/);
    // It continued from that model: its first round starts with the last loss of the other run.
    const [before, after] = await Promise.all(['first', 'second'].map((id) => federation.weights(id)));
    const moved = Math.max(...(after ?? []).map((value, at) => Math.abs(value - (before?.[at] ?? 0))));
    expect(moved).toBeGreaterThan(0);
    expect(moved).toBeLessThan(Math.max(...(before ?? []).map(Math.abs)));
  });

  it('has its plots in the same folder, and its manifest names them', async () => {
    const [{ files } = { files: {} }] = await federation.driver.models.lineage(run('first'));
    expect(Object.keys(files).filter((name) => name.endsWith('.svg'))).toEqual([
      'plot_loss.svg',
      'plot_score.svg',
      'plot_participation.svg',
    ]);
    const bytes = await federation.driver.models.download({ ...run('first'), name: 'plot_loss.svg' });
    const svg = Buffer.from(bytes).toString();
    expect(svg).toMatch(/^<svg /);
    for (const island of ['biscoe', 'dream', 'torgersen']) expect(svg).toContain(`>${island}<`);
  });

  it("has its preprocessing as an artifact: shared ranges, without a participant's fill values", async () => {
    const name = 'preprocessing.json';
    const bytes = await federation.driver.models.download({ ...run('first'), name });
    const shared = preprocessingSchema.parse(JSON.parse(Buffer.from(bytes).toString()));
    expect(shared).toMatchObject({
      action: 'classify',
      scaling: 'federated',
      imputation: { numeric: 'median', category: 'most_frequent' },
      features: [
        'bill_depth_mm',
        'bill_length_mm',
        'body_mass_g',
        'flipper_length_mm',
        'sex_FEMALE',
        'sex_MALE',
      ],
      classes: ['Adelie', 'Chinstrap', 'Gentoo'],
    });
    expect(shared.columns.map((column) => column.filler)).toEqual([null, null, null, null, null]);
    const own = preprocessingSchema.parse(JSON.parse(readFileSync(ownFile('dream', name), 'utf8')));
    expect(own).toMatchObject({ participant: 'dream', features: shared.features });
    expect(own.columns.map(({ range }) => range)).toEqual(shared.columns.map(({ range }) => range));
    expect(own.columns.map((column) => column.filler)).not.toContain(null);
  });

  it.for(['numpy', 'torch'] as const)(
    'predicts the same with %s',
    { timeout: 300_000 },
    async (library, context) => {
      const program = library === 'numpy' ? await pythonWith('numpy', '2.2.6') : pythonThatHas('torch');
      if (program === undefined) return context.skip(`no python3 with ${library}`);
      const tags = { [IDS.project_id]: [['penguins', 'evaluate']] };
      await federation.driver.predictions.create({ ...run('first'), participant_id: 'dream', tags });
      const data = join(federation.directory, 'islands', 'dream', 'penguins', 'evaluate', 'data.csv');
      const script = join(import.meta.dirname, '..', '..', 'docs', 'guides', 'use-a-model.py');
      const args = [script, folderOf('first'), ownFile('dream', 'preprocessing.json'), data, `--${library}`];
      const rowsOf = (text: string) =>
        text
          .trim()
          .split(/\r?\n/)
          .map((line) => line.split(','));
      const outside = rowsOf((await promisify(execFile)(program, args)).stdout);
      const inside = rowsOf(readFileSync(ownFile('dream', 'predict/predictions.csv'), 'utf8'));
      expect(outside.map((row) => row[1])).toEqual(inside.map((row) => row[2]));
      expect(outside).toHaveLength(25);
      for (const [at, row] of inside.slice(1).entries())
        for (const [index, score] of row.slice(3).entries())
          expect(Number(outside[at + 1]?.[index + 2])).toBeCloseTo(Number(score), 5);
    },
  );

  it('cannot start from a run without a model', async () => {
    await federation.createRun('untrained');
    const start_from = { expt_id: EXPERIMENT, run_id: 'untrained' };
    await federation.createRun('orphan', { start_from });
    await expect(federation.train('orphan')).rejects.toMatchObject({
      code: 'not_trained',
      message: expect.stringContaining("start_from names run 'softmax-regression/untrained'"),
    });
  });

  it('is exported to an archive and imported into another project unchanged', async () => {
    const project_id = 'copy';
    const { collab_id } = IDS;
    await federation.driver.projects.create({ collab_id, project_id, action: 'classify' });
    const archive = await federation.driver.models.exportArchive(run('first'));
    const model = await federation.driver.models.importArchive({ collab_id, project_id, archive });
    expect(model).toMatchObject({ kind: 'Model', global: { origin: 'import' } });
    const there = { ...run('first'), project_id };
    const name = 'global_model.safetensors';
    expect(await federation.driver.models.download({ ...there, name })).toEqual(
      await federation.driver.models.download({ ...run('first'), name }),
    );
    expect(await federation.driver.runs.read(there)).toMatchObject({ algorithm: 'FedAvg', seed: 7 });
    const again = await federation.driver.models.exportArchive(run('first'));
    await expect(
      federation.driver.models.importArchive({ collab_id, project_id, archive: again }),
    ).rejects.toMatchObject({ status: 409 });
    const broken = new Blob(['this is no archive']).stream();
    await expect(
      federation.driver.models.importArchive({ collab_id, project_id, archive: broken }),
    ).rejects.toMatchObject({ status: 422 });
  });
});

it('a cancelled training resumes from its last round when it is requested again', async () => {
  await federation.createRun('undisturbed');
  await federation.train('undisturbed');
  await federation.createRun('cancelled');
  let cancelling: Promise<unknown> | undefined;
  const cancelled = federation.train('cancelled', ({ type, round, job }) => {
    if (type === 'round_started' && round === 4) cancelling = federation.driver.jobs.cancel({ job_id: job });
  });
  await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
  await cancelling;
  const rounds: unknown[] = [];
  await federation.train('cancelled', ({ type, round }) => {
    if (type === 'resumed' || type === 'round_started') rounds.push(round);
  });
  expect(rounds).toEqual([3, 4, 5, 6]);
  expect(await federation.weights('cancelled')).toEqual(await federation.weights('undisturbed'));
  // After it is complete, it is trained again from the start.
  const again: unknown[] = [];
  await federation.train('cancelled', ({ type }) => again.push(type));
  expect(again).not.toContain('resumed');
});

describe('deletion', () => {
  it('ends the job of a run in training and leaves no file', async () => {
    await federation.createRun('deleted');
    let jobId = '';
    const training = federation.train('deleted', ({ type, round, job }) => {
      if (type === 'round_completed' && round === 2) jobId = job;
    });
    training.catch(() => undefined);
    await eventually('two rounds', () => jobId !== '');
    expect(readdirSync(join(folderOf('deleted'), 'checkpoints'))).toContain('round-000002.json');
    await federation.driver.runs.delete(run('deleted'));
    await expect(training).rejects.toMatchObject({ code: 'cancelled' });
    expect(existsSync(folderOf('deleted'))).toBe(false);
    expect((await federation.driver.jobs.read({ job_id: jobId })).state).toBe('cancelled');
  });

  it('leaves no file if the TTP dies between the records and the files', async () => {
    await kill(federation.basic.process);
    const path = join(federation.directory, 'ttp', 'data', 'records.sqlite');
    const database = await openDatabase({ path });
    await createRecordStore(database).remove('Run', run('second'));
    await database.close();
    expect(existsSync(folderOf('second'))).toBe(true);
    await federation.restartTtp();
    expect(existsSync(folderOf('second'))).toBe(false);
    expect(existsSync(folderOf('first'))).toBe(true);
  });
});

it('synergos-basic check reports whether records and files match', () => {
  const basic = join(import.meta.dirname, '..', '..', 'apps', 'basic', 'dist', 'main.js');
  const check = (...more: readonly string[]) => {
    const ttp = join(federation.directory, 'ttp');
    const directories = ['--data-dir', join(ttp, 'data'), '--outputs_dir', join(ttp, 'outputs')];
    const args = [basic, 'check', ...directories, ...more];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    return { status, stdout, stderr };
  };
  const well = check();
  expect(well).toMatchObject({ status: 0, stderr: '' });
  expect(well.stdout).toMatch(/^\d+ models, \d+ files checked: all well\n$/);
  appendFileSync(join(folderOf('first'), 'global_model.safetensors'), 'x');
  const damaged = check('--json');
  expect(damaged.status).toBe(1);
  expect(JSON.parse(damaged.stdout)).toMatchObject({
    faults: [{ kind: 'damaged_file', path: expect.stringContaining('/first/global_model.safetensors') }],
  });
  expect(check().stdout).toMatch(/^damaged file: .*train the run again/);
  const nowhere = check('--data-dir', join(federation.directory, 'nowhere'));
  expect(nowhere).toMatchObject({ status: 2, stdout: '' });
  expect(nowhere.stderr).toMatch(/^error: there is no .*records.sqlite; give the TTP's --data-dir\n$/);
});
