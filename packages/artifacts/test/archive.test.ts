import { readdirSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { packTar, unpackTar } from 'modern-tar';
import { sharedPreprocessing, type CommonSpace } from '@synergos/contract';
import { describe, expect, it } from 'vitest';
import {
  checkIntegrity,
  digestOf,
  exportRun,
  importRun,
  preprocessingFile,
  readManifest,
  runFiles,
  writeManifest,
  type ArtifactsError,
} from '../src/index.js';
import { IDS, KEY, MODEL, place, storageOf, trainedRun, type Place } from './trained-run.js';

const checks = {
  parseModel: (model: unknown) => model,
  parseArguments: (given: unknown) => ({ arguments: given as Record<string, unknown> }),
};
const SPACE = {
  datatype: 'tabular',
  features: ['age'],
  columns: [{ name: 'age', type: 'numeric' }],
  classes: [],
} satisfies CommonSpace;
const archiveOf = async ({ records, files }: Place) => buffer(await exportRun(records, files, IDS));
const take = ({ records, files }: Place, bytes: Uint8Array) =>
  importRun(records, storageOf(files), checks, KEY, new Blob([Uint8Array.from(bytes)]).stream());

/** The archive with some entries changed; `undefined` removes an entry. */
async function changed(
  bytes: Uint8Array,
  change: (name: string, data: Buffer) => Buffer | undefined,
): Promise<Uint8Array> {
  const entries = await unpackTar(bytes);
  return packTar(
    entries.flatMap(({ header, data }) => {
      const after = change(header.name, Buffer.from(data ?? []));
      return after === undefined
        ? []
        : [{ header: { ...header, size: after.length }, body: Uint8Array.from(after) }];
    }),
  );
}

async function expectNothingKept({ root, records }: Place): Promise<void> {
  expect(await records.list('Run')).toEqual([]);
  expect(await records.list('Model')).toEqual([]);
  expect(readdirSync(root)).toEqual([]);
}

describe('an archive of a run', () => {
  it('copies run, experiment, model and files to another TTP, byte for byte', async () => {
    const here = await trainedRun();
    const there = await place();
    const model = await take(there, await archiveOf(here));
    expect(model).toMatchObject({
      kind: 'Model',
      key: KEY,
      body: { global: { origin: 'import' }, rounds: 3 },
    });
    expect(await there.records.get('Experiment', KEY)).toMatchObject({ body: { model: MODEL } });
    expect(await there.records.get('Run', KEY)).toMatchObject({ body: { rounds: 3 } });
    expect(await runFiles(there.files, IDS)).toEqual(await runFiles(here.files, IDS));
    for (const name of await runFiles(here.files, IDS))
      expect(await digestOf(there.files, `c/p/e/r/${name}`)).toEqual(
        await digestOf(here.files, `c/p/e/r/${name}`),
      );
    expect(readdirSync(there.root)).toEqual(['c']);
  });

  it('can be imported again after the store failed in between', async () => {
    const archive = await archiveOf(await trainedRun());
    const there = await place();
    const { artifacts, scratch } = storageOf(there.files);
    const full: typeof artifacts = {
      ...artifacts,
      put: (key, content, options) =>
        key.endsWith('global_model.safetensors')
          ? Promise.reject(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }))
          : artifacts.put(key, content, options),
    };
    const importing = importRun(
      there.records,
      { artifacts: full, scratch },
      checks,
      KEY,
      new Blob([Uint8Array.from(archive)]).stream(),
    );
    await expect(importing).rejects.toThrow('no space left on device');
    expect(await there.records.list('Run')).toEqual([]);
    expect(await take(there, archive)).toMatchObject({ kind: 'Model', key: KEY });
  });

  it('leaves out a file that does not belong to a run, such as a page with scripts', async () => {
    const here = await trainedRun();
    const { files } = here;
    const manifest = await readManifest(files, IDS);
    await files.put('c/p/e/r/index.html', '<script>alert(1)</script>');
    await files.put('c/p/e/r/plot_loss.svg', '<svg/>');
    const names = [...Object.keys(manifest?.files ?? {}), 'index.html', 'plot_loss.svg'];
    await writeManifest(files, manifest!, Object.fromEntries(names.map((name) => [name, {}])));
    const there = await place();
    await take(there, await archiveOf(here));
    const kept = ['global_loss_history.json', 'global_model.safetensors', 'manifest.json', 'plot_loss.svg'];
    expect(await runFiles(there.files, IDS)).toEqual(kept);
    const imported = await readManifest(there.files, IDS);
    expect(Object.keys(imported?.files ?? {}).sort()).toEqual(
      kept.filter((name) => name !== 'manifest.json'),
    );
    expect((await checkIntegrity(there.records, there.files)).faults).toEqual([]);
  });

  it('is not created from a run with a file that differs from the manifest', async () => {
    const here = await trainedRun();
    await here.files.put('c/p/e/r/global_loss_history.json', '{"train": [0.4]}');
    await expect(archiveOf(here)).rejects.toMatchObject({
      code: 'run_damaged',
      message: expect.stringContaining('c/p/e/r/global_loss_history.json') as string,
    });
  });

  it.each(['..', 'a/b', 'x'.repeat(5000), 'a\ud800', ''])('is refused with the run id %j', async (run_id) => {
    const there = await place();
    const forged = await changed(await archiveOf(await trainedRun()), (name, data) =>
      name === 'records.json'
        ? Buffer.from(JSON.stringify({ ...(JSON.parse(data.toString()) as object), run_id }))
        : data,
    );
    await expect(take(there, forged)).rejects.toMatchObject({
      code: 'invalid_archive',
      message: expect.stringContaining('run_id') as string,
    });
    await expectNothingKept(there);
  });

  it('is the same for every export, and after an import', async () => {
    const here = await trainedRun();
    const first = await archiveOf(here);
    expect((await archiveOf(here)).equals(first)).toBe(true);
    const names = (await unpackTar(first)).map(({ header }) => header.name);
    expect(names).toEqual([
      'records.json',
      'manifest.json',
      'global_model.safetensors',
      'global_loss_history.json',
    ]);
  });

  it('is refused if the run exists, the experiment has another model, or the project has another action', async () => {
    const bytes = await archiveOf(await trainedRun());
    await expect(take(await trainedRun(), bytes)).rejects.toMatchObject({ code: 'record_exists' });
    const other = await place();
    await other.records.create('Experiment', KEY, { model: [] });
    await expect(take(other, bytes)).rejects.toThrow("experiment 'e' exists here with another model");
    await expectNothingKept(other);
    const aim = await place();
    await aim.records.update('Project', KEY, { action: 'classify' });
    await expect(take(aim, bytes)).rejects.toThrow('its project is to regress, this one is to classify');
    await expectNothingKept(aim);
    await aim.records.remove('Project', KEY);
    await expect(take(aim, bytes)).rejects.toMatchObject({ code: 'parent_missing' });
  });

  it('includes the feature space of its model, and is refused if the space is malformed or of another action', async () => {
    const preprocessing = sharedPreprocessing(SPACE, 'regress');
    const bytesWith = async (content: object) => {
      const here = await trainedRun();
      await here.files.put(preprocessingFile(IDS), JSON.stringify(content));
      const manifest = await readManifest(here.files, IDS);
      if (manifest !== undefined)
        await writeManifest(here.files, manifest, {
          'global_model.safetensors': {},
          'preprocessing.json': {},
        });
      return archiveOf(here);
    };
    const there = await place();
    await take(there, await bytesWith(preprocessing));
    const taken = await there.files.get(preprocessingFile(IDS));
    expect(JSON.parse(Buffer.from(taken ?? []).toString())).toEqual(preprocessing);
    const other = await place();
    const classifying = await bytesWith({ ...preprocessing, action: 'classify' });
    await expect(take(other, classifying)).rejects.toThrow(
      'its preprocessing.json is to classify, its project to regress',
    );
    await expect(take(other, await bytesWith({ ...preprocessing, features: 'x' }))).rejects.toThrow(
      /preprocessing.json: .*features/s,
    );
    await expectNothingKept(other);
  });

  it.each<[string, (name: string, data: Buffer) => Buffer | undefined, RegExp]>([
    ['a changed file', (name, data) => (name.startsWith('global_m') ? data.fill(1, 5, 6) : data), /damaged/],
    [
      'a truncated file',
      (name, data) => (name.startsWith('global_m') ? data.subarray(9) : data),
      /has 999991 bytes/,
    ],
    [
      'a missing file',
      (name, data) => (name.startsWith('global_m') ? undefined : data),
      /lacks global_model/,
    ],
    [
      'no manifest',
      (name, data) => (name === 'manifest.json' ? undefined : data),
      /manifest.json is missing/,
    ],
    ['no records', (name, data) => (name === 'records.json' ? undefined : data), /records.json is missing/],
    ['invalid records', (name, data) => (name === 'records.json' ? Buffer.from('{}') : data), /format/],
    [
      'records that are not JSON',
      (name, data) => (name === 'records.json' ? Buffer.from('{') : data),
      /not JSON/,
    ],
  ])('with %s is refused, and none of it is stored', async (_what, change, message) => {
    const there = await place();
    const bytes = await changed(await archiveOf(await trainedRun()), change);
    const error = await take(there, bytes).catch((refusal: ArtifactsError) => refusal);
    expect((error as ArtifactsError).message).toMatch(message);
    expect((error as ArtifactsError).code).toBe('invalid_archive');
    await expectNothingKept(there);
  });

  it('is refused if a name points outside of its folder', async () => {
    const there = await place();
    const bytes = await changed(await archiveOf(await trainedRun()), (name, data) =>
      name === 'manifest.json'
        ? Buffer.from(data.toString().replace('global_loss_history.json', '../../../../escaped'))
        : data,
    );
    await expect(take(there, bytes)).rejects.toThrow('its manifest.json: files...');
    await expectNothingKept(there);
  });

  it.each([0, 100, 511, 512, 5000, 600_000])('is refused if it ends after %i bytes', async (length) => {
    const there = await place();
    const bytes = (await archiveOf(await trainedRun())).subarray(0, length);
    await expect(take(there, bytes)).rejects.toMatchObject({ code: 'invalid_archive' });
    await expectNothingKept(there);
  });
});
