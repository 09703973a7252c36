import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makeFolder } from './folders.js';

it('a folder is made once; one that cannot be is told with its option', async () => {
  const root = await mkdtemp(join(tmpdir(), 'folders-'));
  onTestFinished(() => rm(root, { recursive: true }));
  expect(await makeFolder(join(root, 'a', 'b'), '--data-dir')).toBe(true);
  expect(await makeFolder(join(root, 'a', 'b'), '--data-dir')).toBe(false);
  await writeFile(join(root, 'file'), '');
  const file = join(root, 'file');
  await expect(makeFolder(file, '--outputs-dir')).rejects.toThrow(
    `--outputs-dir: the folder ${file} cannot be made (EEXIST)`,
  );
  await expect(makeFolder(join(file, 'x'), '--data-dir')).rejects.toThrow('ENOTDIR');
});
