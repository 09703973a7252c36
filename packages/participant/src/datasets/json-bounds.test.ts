import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readJson } from './json-file.js';

it.each([
  ['nested too deep', '['.repeat(100_000), /metadata\.json is too large: nested more than 32 levels deep/],
  [
    'of too many values',
    `[${'1,'.repeat(300_000)}1]`,
    /metadata\.json is too large: more than 250000 values/,
  ],
])('refuses a JSON file of a data folder that is %s by name', async (_what, text, message) => {
  const folder = await mkdtemp(join(tmpdir(), 'synergos-json-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'metadata.json'), text);
  await expect(readJson({ folder, name: 'data/train' }, 'metadata.json')).rejects.toThrow(message);
});
