import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { PathOutside, StorageFull } from '../errors.js';
import type { FileStore } from './file-store.js';

const TEMPORARY = /^\.tmp-[0-9a-f-]{36}$/;

/** Model files in a directory of this machine. */
export function createFileStore(root: string): FileStore {
  const base = resolve(root);

  return {
    async write(path, content) {
      const target = inside(path);
      const folder = dirname(target);
      const temporary = join(folder, `.tmp-${randomUUID()}`);
      const parts =
        typeof content === 'string'
          ? [Buffer.from(content)]
          : content instanceof Uint8Array
            ? [content]
            : content;
      try {
        const made = await mkdir(folder, { recursive: true });
        const file = await open(temporary, 'wx');
        try {
          for (const part of parts) await file.writeFile(part);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(temporary, target);
        await syncFolders(folder, made);
      } catch (error) {
        await rm(temporary, { force: true });
        const { code } = error as NodeJS.ErrnoException;
        throw code === 'ENOSPC' || code === 'EDQUOT' ? new StorageFull(target, error) : error;
      }
    },

    async read(path) {
      return readFile(locate(path)).catch(unlessMissing);
    },

    async list(path) {
      const entries = (await readdir(locate(path), { withFileTypes: true }).catch(unlessMissing)) ?? [];
      return entries
        .flatMap((entry) => (entry.isFile() && !TEMPORARY.test(entry.name) ? [entry.name] : []))
        .sort();
    },

    async remove(path) {
      await rm(inside(path), { recursive: true, force: true });
    },

    locate,
  };

  function locate(path: string): string {
    const target = resolve(base, path);
    if (target !== base && !target.startsWith(base + sep)) throw new PathOutside(path);
    return target;
  }

  function inside(path: string): string {
    const target = locate(path);
    if (target === base) throw new PathOutside(path);
    return target;
  }
}

/** Removes what writes left that a dying process did not finish. Only while no other process writes below `root`. */
export async function removeUnfinishedWrites(root: string): Promise<void> {
  const entries = (await readdir(root, { recursive: true, withFileTypes: true }).catch(unlessMissing)) ?? [];
  for (const entry of entries)
    if (TEMPORARY.test(entry.name)) await rm(join(entry.parentPath, entry.name), { force: true });
}

/** Makes the rename itself durable, and the folders that were `made` for it: each entry lies in the folder above. */
async function syncFolders(folder: string, made: string | undefined): Promise<void> {
  await syncFolder(folder);
  if (made !== undefined && folder.startsWith(made)) await syncFolders(dirname(folder), made);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
