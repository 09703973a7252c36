import { readManifest } from '@synergos/artifacts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InProcessFederation } from './in-process.js';

const federation = new InProcessFederation();
const HOSPITALS = ['north', 'south'];
const RUN = {
  algorithm: 'FedAvg',
  rounds: 5,
  epochs: 20,
  batch_size: 20,
  lr: 0.5,
  lr_scheduler: 'none',
  criterion: 'BCELoss',
};
const PROJECT = { collab_id: 'c', project_id: 'p' };
const at = (run_id: string, more: object = {}) => ({ expt_id: 'e', run_id, ...more });

/** Rows with a label that depends on one column, which may have another name; so may the labels. */
function writeData(
  dose = 'dose',
  labels: readonly [string, string] = ['no', 'yes'],
  more: object = {},
): void {
  const schema = { age: 'float32', [dose]: 'float32', target: 'category' };
  for (const [seed, hospital] of HOSPITALS.entries())
    for (const [folder, count] of [
      ['train', 200],
      ['evaluate', 100],
      ['predict', 50],
    ] as const) {
      const rows = Array.from({ length: count }, (_, row) => {
        const value = ((row * 37 + seed * 11) % 100) / 100;
        const age = ((row * 53) % 100) / 100;
        return { age, [dose]: value, target: labels[value > 0.5 ? 1 : 0], ...more };
      });
      const columns = Object.fromEntries(Object.keys(more).map((name) => [name, 'category']));
      federation.write(hospital, folder, { ...schema, ...columns }, rows);
    }
}

async function createRun(run_id: string, change: object = {}): Promise<void> {
  await federation.records.create('Run', { ...PROJECT, expt_id: 'e', run_id }, { ...RUN, ...change });
}

async function accuracies(run_id: string): Promise<number[]> {
  const records = await federation.records.list('Validation', { ...PROJECT, expt_id: 'e', run_id });
  return records.map(({ body }) => {
    const { statistics } = (body as { evaluate: { statistics: { accuracy: number[] } } }).evaluate;
    return statistics.accuracy[0] ?? 0;
  });
}

beforeAll(async () => {
  writeData();
  await federation.start(HOSPITALS);
  const structure = { in_features: 1, out_features: 1 };
  const model = [{ l_type: 'Linear', is_input: true, activation: 'sigmoid', structure }];
  await federation.records.create('Experiment', { ...PROJECT, expt_id: 'e' }, { model });
  await createRun('r');
  expect((await federation.job('align')).error).toBeNull();
  expect((await federation.job('train', at('r'))).error).toBeNull();
});
afterAll(() => federation.close());

describe('a model after its project was aligned to another space', () => {
  it('is used in its own space, and differences are reported', async () => {
    expect((await federation.job('validate', at('r'))).error).toBeNull();
    const before = await accuracies('r');
    for (const accuracy of before) expect(accuracy).toBeGreaterThan(0.9);
    writeData('dose', ['no', 'yes'], { aaa: 'x' });
    expect((await federation.job('align')).result).toMatchObject({ features: 3 });
    const validated = await federation.job('validate', at('r'));
    expect(validated.error).toBeNull();
    expect(await accuracies('r')).toEqual(before);
    const misfits = { missing_columns: [], unknown_columns: ['aaa'], new_levels: {}, unknown_labels: 0 };
    expect(validated.of('misfits')).toEqual(
      HOSPITALS.map((participant) => ({ participant, kind: 'evaluate', ...misfits })),
    );
    const [record] = await federation.records.list('Validation', { ...PROJECT, expt_id: 'e', run_id: 'r' });
    expect(record?.body).toMatchObject({
      evaluate: { misfits, data_version: expect.stringMatching(/^\w{64}$/) },
    });
  });

  it('is rejected with the name of a renamed column', async () => {
    writeData('Dose');
    await federation.job('align');
    for (const kind of ['validate', 'predict'])
      expect((await federation.job(kind, at('r', { participant_id: 'north' }))).error).toMatchObject({
        code: 'space_mismatch',
        message: expect.stringMatching(
          /^north: the data lacks 'dose' .* has 'Dose', .*column 'dose' \(numeric\) only in the model's space; column 'Dose' \(numeric\) only in the project's$/,
        ),
      });
  });

  it('is rejected with the renamed label', async () => {
    writeData('dose', ['no', 'Yes']);
    await federation.job('align');
    expect((await federation.job('validate', at('r'))).error).toMatchObject({
      code: 'unknown_class',
      message: expect.stringMatching(
        /no row has 'yes'.*class 'yes' only in the model's space; class 'Yes' only in/,
      ),
    });
  });

  it('cannot be the start of a training in the new space', async () => {
    await createRun('from', { start_from: { expt_id: 'e', run_id: 'r' } });
    expect((await federation.job('train', at('from'))).error).toMatchObject({
      code: 'unfit_start',
      message: expect.stringContaining(
        "class 'yes' only in the model's space; class 'Yes' only in the project's",
      ),
    });
  });

  it('is rejected if its space was not stored and the data changed', async () => {
    const path = 'c/p/e/r/manifest.json';
    const stored = await federation.files.get(path);
    const manifest = JSON.parse(Buffer.from(stored ?? []).toString()) as { files: Record<string, unknown> };
    delete manifest.files['preprocessing.json'];
    await federation.files.put(path, JSON.stringify(manifest));
    expect((await federation.job('validate', at('r'))).error).toMatchObject({ code: 'space_unknown' });
    writeData();
    await federation.job('align');
    expect((await federation.job('validate', at('r'))).error).toBeNull();
    await federation.files.put(path, stored ?? '');
  });
});

describe('data that changed after the alignment', () => {
  const versionsOf = async (run_id: string) => {
    const manifest = await readManifest(federation.files, {
      collab: 'c',
      project: 'p',
      expt: 'e',
      run: run_id,
    });
    return Object.values(manifest?.participants ?? {}).map(({ data_version }) => data_version);
  };

  it('is not used for training without a new alignment', async () => {
    writeData();
    await federation.job('align');
    await createRun('s', { rounds: 1 });
    writeData('Dose');
    const refused = await federation.job('train', at('s', { auto_align: false }));
    expect(refused.error).toMatchObject({
      code: 'data_changed',
      message: expect.stringMatching(
        /^the training data of north, south changed after the project was aligned/,
      ),
    });
    expect(refused.of('data_changed')).toEqual([{ participants: HOSPITALS, aligned_again: false }]);
  });

  it('is aligned again, and the lineage has the used versions', async () => {
    await federation.job('align');
    const trained = await federation.job('train', at('s'));
    expect(trained.of('data_changed')).toEqual([]);
    const before = await versionsOf('s');
    writeData('dosis');
    const again = await federation.job('train', at('s'));
    expect(again.error).toBeNull();
    expect(again.of('data_changed')).toEqual([{ participants: HOSPITALS, aligned_again: true }]);
    const after = await versionsOf('s');
    const alignments = await federation.records.list('Alignment', PROJECT);
    expect(after).toEqual(
      alignments.map(({ body }) => (body as { data_versions: { train: string } }).data_versions.train),
    );
    for (const [index, version] of after.entries()) expect(version).not.toBe(before[index]);
    const preprocessing = await federation.files.get('c/p/e/s/preprocessing.json');
    expect(JSON.parse(Buffer.from(preprocessing ?? []).toString())).toMatchObject({
      features: ['age', 'dosis'],
    });
  });
});

describe('a space that is too large for a task message', () => {
  const COLUMNS = 6000;
  const LONG = 'x'.repeat(50);
  const trainOn = async (capabilities: readonly string[]) => {
    const wide = new InProcessFederation();
    try {
      for (const hospital of HOSPITALS) {
        const names = Array.from({ length: COLUMNS }, (_, at) => `${hospital}-${LONG}-${at}`);
        const schema = { ...Object.fromEntries(names.map((name) => [name, 'int32'])), target: 'category' };
        const rows = ['no', 'yes'].map((target, at) => ({ [`${hospital}-${LONG}-7`]: at, target }));
        wide.write(hospital, 'train', schema, rows);
      }
      await wide.start(HOSPITALS, { capabilities, tags: { train: [['train']] } });
      const structure = { in_features: 1, out_features: 1 };
      const model = [{ l_type: 'Linear', is_input: true, activation: 'sigmoid', structure }];
      await wide.records.create('Experiment', { ...PROJECT, expt_id: 'e' }, { model });
      await wide.records.create('Run', { ...PROJECT, ...at('r') }, { ...RUN, rounds: 2, epochs: 1 });
      expect((await wide.job('align')).result).toMatchObject({ features: 2 * COLUMNS });
      return await wide.job('train', at('r'));
    } finally {
      await wide.close();
    }
  };

  it('is sent by digest to workers that can load it', async () => {
    expect((await trainOn(['space-by-digest'])).error).toBeNull();
  });
});
