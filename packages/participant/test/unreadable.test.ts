import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDatasetFolder } from '../src/datasets/dataset-folder.js';
import { dataVersion, fingerprint } from '../src/datasets/dataset-folder.js';
import { readTable } from '../src/pipelines/tabular/table.js';
import { dataDirectory } from './folders.js';

it.each([
  ['vanishes', async () => undefined, /^heart: data\.csv cannot be read: it vanished while it was read$/],
  ['becomes a folder', (path: string) => mkdir(path), /^heart: data\.csv cannot be read: it is a folder$/],
])('a CSV file that %s after it was listed fails the reading by name', async (_what, replace, message) => {
  await using directory = await dataDirectory();
  const folder = await openDatasetFolder({ folder: join(directory.path, 'heart'), name: 'heart' });
  const csv = join(folder.folder, 'data.csv');
  await rm(csv);
  await replace(csv);
  const failure = { code: 'participant_file_failed', message: expect.stringMatching(message) };
  await expect(readTable([folder])).rejects.toMatchObject(failure);
  await expect(dataVersion([folder])).rejects.toMatchObject(failure);
});

it('a file that vanishes after it was listed has no fingerprint', async () => {
  await using directory = await dataDirectory();
  const folder = await openDatasetFolder({ folder: join(directory.path, 'heart'), name: 'heart' });
  await rm(join(folder.folder, 'data.csv'));
  await expect(fingerprint([folder])).rejects.toMatchObject({ code: 'participant_file_failed' });
});
