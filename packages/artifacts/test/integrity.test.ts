import { appendFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  checkIntegrity,
  lockOutputs,
  removeFilesBefore,
  removeFilesOfRemovedRecords,
  warnOfOrphans,
} from '../src/index.js';
import { temporaryFolder } from './temporary-folder.js';
import { KEY, storageOf, trainedRun } from './trained-run.js';

describe('an integrity check', () => {
  it('finds no fault in intact records and files', async () => {
    const { records, files } = await trainedRun();
    expect(await checkIntegrity(records, files)).toEqual({ models: 1, files: 2, faults: [] });
  });

  it('finds damaged files, missing files, and files without a record', async () => {
    const { root, records, files } = await trainedRun();
    appendFileSync(join(root, 'c/p/e/r/global_model.safetensors'), 'x');
    rmSync(join(root, 'c/p/e/r/global_loss_history.json'));
    await files.put('c/p/e/gone/global_model.safetensors', 'x');
    const { faults } = await checkIntegrity(records, files);
    expect(faults.map(({ kind, path }) => [kind, path])).toEqual([
      ['damaged_file', 'c/p/e/r/global_model.safetensors'],
      ['missing_file', 'c/p/e/r/global_loss_history.json'],
      ['orphan_folder', 'c/p/e/gone'],
    ]);
    for (const { message } of faults) expect(message).toMatch(/train the run again|remove it/);
    await files.put('c/p/e/r/manifest.json', '{');
    expect((await checkIntegrity(records, files)).faults[0]).toMatchObject({ kind: 'unreadable_manifest' });
  });
});

describe('removal of a record', () => {
  it.each([
    ['Run', { ...KEY }, ['c', 'c/p', 'c/p/e']],
    ['Experiment', { ...KEY }, ['c', 'c/p']],
    ['Project', { ...KEY }, ['c']],
    ['Collaboration', { ...KEY }, []],
  ] as const)('leaves no file below it: %s', async (kind, key, left) => {
    const { root, records, files } = await trainedRun();
    await records.remove(kind, key);
    expect(await records.removedFolders()).toHaveLength(1);
    await removeFilesOfRemovedRecords(records, storageOf(files));
    expect(await records.removedFolders()).toEqual([]);
    expect(readdirSync(root, { recursive: true })).toEqual(left);
    expect((await checkIntegrity(records, files)).faults).toEqual([]);
  });

  it('retries a folder that cannot be removed later, and removes the others', async () => {
    const { root, records, files } = await trainedRun();
    const logged: unknown[] = [];
    const logger = { debug() {}, info() {}, error() {}, warn: (fields: object) => void logged.push(fields) };
    await records.remove('Project', KEY);
    const long = { collab_id: '研'.repeat(200) };
    await records.create('Collaboration', long, {});
    await records.remove('Collaboration', long);
    // A file in the place of a folder: this fails for root, too.
    rmSync(join(root, 'c'), { recursive: true });
    writeFileSync(join(root, 'c'), '');
    await removeFilesOfRemovedRecords(records, storageOf(files), logger);
    expect(await records.removedFolders()).toEqual(['c/p']);
    expect(logged).toMatchObject([{ folder: 'c/p', err: { code: 'ENOTDIR' } }]);
    const beforeCreation = removeFilesBefore('Project', KEY, records, storageOf(files));
    await expect(beforeCreation).rejects.toMatchObject({ code: 'files_not_removed' });
    rmSync(join(root, 'c'));
    await removeFilesBefore('Project', KEY, records, storageOf(files));
    expect(await records.removedFolders()).toEqual([]);
    await records.create('Project', KEY, {});
  });

  it('of a kind without files names no folder', async () => {
    const { records } = await trainedRun();
    await records.remove('Participant', { participant_id: 'alice' });
    await records.remove('Model', KEY);
    expect(await records.removedFolders()).toEqual([]);
  });
});

describe('an outputs directory', () => {
  it('is refused to a second process until the first closes it', () => {
    const directory = temporaryFolder();
    const first = lockOutputs(directory);
    expect(() => lockOutputs(directory)).toThrow(/another process works in the outputs directory/);
    first.close();
    lockOutputs(directory).close();
  });

  it('logs a warning if it has files of collaborations and the database is empty', async () => {
    const { records, files } = await trainedRun();
    const logged: object[] = [];
    const logger = { debug() {}, info() {}, error() {}, warn: (fields: object) => void logged.push(fields) };
    await warnOfOrphans(records, files, logger);
    expect(logged).toEqual([]);
    await records.remove('Collaboration', KEY);
    await warnOfOrphans(records, files, logger);
    expect(logged).toEqual([{ collaborations: 1 }]);
  });
});
