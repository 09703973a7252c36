import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makeFolder } from './folders.js';

it('creates a folder once, and names the option of one that it cannot create', async () => {
  const root = await mkdtemp(join(tmpdir(), 'folders-'));
  onTestFinished(() => rm(root, { recursive: true }));
  expect(await makeFolder(join(root, 'a', 'b'), '--data-dir')).toBe(true);
  expect(await makeFolder(join(root, 'a', 'b'), '--data-dir')).toBe(false);
  await writeFile(join(root, 'file'), '');
  const file = join(root, 'file');
  await expect(makeFolder(file, '--outputs-dir')).rejects.toThrow(
    `--outputs-dir: the folder ${file} cannot be made by user ${process.getuid?.()} (EEXIST)`,
  );
  await expect(makeFolder(join(file, 'x'), '--data-dir')).rejects.toThrow('ENOTDIR');
});

it('a folder that cannot be written is named with user, owner and remedy', async () => {
  const root = await mkdtemp(join(tmpdir(), 'folders-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const uid = process.getuid?.();
  // Rights do not hold for root; a file system of the kernel's own does.
  const folder = uid === 0 ? '/sys' : root;
  await chmod(root, 0o500);
  await expect(makeFolder(folder, '--outputs-dir')).rejects.toThrow(
    new RegExp(
      `^--outputs-dir: the folder ${folder} cannot be written by user ${uid} \\(E\\w+\\); it belongs to user \\d+. Run 'chown -R ${uid} ${folder}'`,
    ),
  );
  expect(await makeFolder(folder, '--data-dir', { use: 'read' })).toBe(false);
});
