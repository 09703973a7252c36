import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, type Dirent } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { PathOutside, StorageFull } from '../errors.js';
import type { FileStore } from './file-store.js';

const TEMPORARY = /^\.tmp-[0-9a-f-]{36}$/;
const READ_BYTES = 256 * 1024;

/** A name that no record's folder or file has; what lies below it is cleared away when the process died. */
export function temporaryName(): string {
  return `.tmp-${randomUUID()}`;
}

/** Model files in a directory of this machine. */
export function createFileStore(root: string): FileStore {
  const base = resolve(root);

  return {
    async write(path, content) {
      const target = inside(path);
      const folder = dirname(target);
      const temporary = join(folder, temporaryName());
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
          for await (const part of parts) await file.writeFile(part);
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

    async digest(path) {
      const hash = createHash('sha256');
      let size_bytes = 0;
      try {
        for await (const chunk of createReadStream(locate(path), { highWaterMark: READ_BYTES })) {
          hash.update(chunk as Buffer);
          size_bytes += (chunk as Buffer).length;
        }
      } catch (error) {
        return unlessMissing(error as NodeJS.ErrnoException);
      }
      return { sha256: hash.digest('hex'), size_bytes };
    },

    list: (path) => namesIn(path, (entry) => entry.isFile()),

    folders: (path) => namesIn(path, (entry) => entry.isDirectory()),

    async moveFolder(from, to) {
      const target = inside(to);
      const made = await mkdir(dirname(target), { recursive: true });
      await rename(inside(from), target);
      await syncFolders(dirname(target), made);
    },

    async remove(path) {
      await rm(inside(path), { recursive: true, force: true });
    },

    locate,
  };

  async function namesIn(path: string, fits: (entry: Dirent) => boolean): Promise<readonly string[]> {
    const entries = (await readdir(locate(path), { withFileTypes: true }).catch(unlessMissing)) ?? [];
    return entries
      .flatMap((entry) => (fits(entry) && !TEMPORARY.test(entry.name) ? [entry.name] : []))
      .sort();
  }

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
    if (TEMPORARY.test(entry.name))
      await rm(join(entry.parentPath, entry.name), { recursive: true, force: true });
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
