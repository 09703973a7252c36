import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { silentLogger } from '@synergos/contract';
import { dataVersion, fingerprint, openDataFolder } from '../src/datasets/data-folder.js';
import { pipelineRegistry } from '../src/pipelines/registry.js';
import { tabular } from '../src/pipelines/tabular/tabular.js';
import { dataDirectory } from './folders.js';

const openHeart = (path: string) =>
  openDataFolder({ folder: join(path, 'heart'), name: 'heart' }, pipelineRegistry);
const readTabular = (folders: Parameters<typeof tabular.read>[0]) =>
  tabular.read(folders, { labels: 'required', logger: silentLogger });

it.each([
  ['vanishes', async () => undefined, /^heart: data\.csv cannot be read: it vanished while it was read$/],
  ['becomes a folder', (path: string) => mkdir(path), /^heart: data\.csv cannot be read: it is a folder$/],
])('names a CSV file that %s after it was listed', async (_what, replace, message) => {
  await using directory = await dataDirectory();
  const folder = await openHeart(directory.path);
  const csv = join(folder.folder, 'data.csv');
  await rm(csv);
  await replace(csv);
  const failure = { code: 'participant_file_failed', message: expect.stringMatching(message) };
  await expect(readTabular([folder as never])).rejects.toMatchObject(failure);
  await expect(dataVersion([folder])).rejects.toMatchObject(failure);
});

it('computes no fingerprint of a file that vanishes after it was listed', async () => {
  await using directory = await dataDirectory();
  const folder = await openHeart(directory.path);
  await rm(join(folder.folder, 'data.csv'));
  await expect(fingerprint([folder])).rejects.toMatchObject({ code: 'participant_file_failed' });
});
