import { createHash, randomUUID } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import * as fs from 'node:fs/promises';
import { mkdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { whenDescriptorsAllow } from '@synergos/contract';
import { PathOutside, RunDamaged, StorageFull } from '../errors.js';
import type { FileStore, FileWriter } from './file-store.js';

const TEMPORARY = /^\.tmp-[0-9a-f-]{36}$/;
const READ_BYTES = 256 * 1024;
/** A system call moves less than 2 GiB. */
const MOST_AT_ONCE_BYTES = 1 << 30;

/** Waits where the process has no descriptors left for the moment. */
const open = (path: string, flags: string) => whenDescriptorsAllow(() => fs.open(path, flags));

/** A name that no record's folder or file has; what lies below it is cleared away when the process died. */
export function temporaryName(): string {
  return `.tmp-${randomUUID()}`;
}

/** Model files in a directory of this machine. */
export function createFileStore(root: string): FileStore {
  const base = resolve(root);

  return {
    async write(path, content) {
      const parts =
        typeof content === 'string'
          ? [Buffer.from(content)]
          : content instanceof Uint8Array
            ? [content]
            : content;
      const writer = await create(path);
      try {
        let position = 0;
        for await (const part of parts) {
          await writer.write(part, position);
          position += part.length;
        }
        await writer.commit();
      } finally {
        await writer.abort();
      }
    },

    create,

    async open(path) {
      const file = await open(locate(path), 'r').catch(unlessMissing);
      if (file === undefined) return undefined;
      const { size: sizeBytes } = await file.stat();
      return {
        sizeBytes,
        read: (target, position) => readFully(file, path, target, position),
        close: () => file.close(),
      };
    },

    async copy(from, to) {
      const target = inside(to);
      const temporary = join(dirname(target), temporaryName());
      try {
        const made = await mkdir(dirname(target), { recursive: true });
        await whenDescriptorsAllow(() => fs.copyFile(locate(from), temporary, constants.COPYFILE_FICLONE));
        await sync(temporary);
        await rename(temporary, target);
        await syncFolders(dirname(target), made);
      } catch (error) {
        await rm(temporary, { force: true });
        throw asStorageError(error, target);
      }
    },

    async read(path) {
      return whenDescriptorsAllow(() => fs.readFile(locate(path))).catch(unlessMissing);
    },

    async digest(path) {
      const hash = createHash('sha256');
      let size_bytes = 0;
      try {
        const file = await open(locate(path), 'r');
        for await (const chunk of file.createReadStream({ highWaterMark: READ_BYTES })) {
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

  async function create(path: string): Promise<FileWriter> {
    const target = inside(path);
    const folder = dirname(target);
    const temporary = join(folder, temporaryName());
    const guarded = async <Value>(work: () => Promise<Value>): Promise<Value> => {
      try {
        return await work();
      } catch (error) {
        throw asStorageError(error, target);
      }
    };
    const made = await guarded(() => mkdir(folder, { recursive: true }));
    const file = await guarded(() => open(temporary, 'wx'));
    let isOver = false;
    return {
      write: (bytes, position) => guarded(() => writeFully(file, bytes, position)),
      commit: () =>
        guarded(async () => {
          await file.sync();
          await file.close();
          await rename(temporary, target);
          isOver = true;
          await syncFolders(folder, made);
        }),
      async abort() {
        if (isOver) return;
        isOver = true;
        await file.close().catch(() => undefined);
        await rm(temporary, { force: true });
      },
    };
  }

  async function namesIn(path: string, fits: (entry: Dirent) => boolean): Promise<readonly string[]> {
    const entries =
      (await whenDescriptorsAllow(() => fs.readdir(locate(path), { withFileTypes: true })).catch(
        unlessMissing,
      )) ?? [];
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
  const entries =
    (await whenDescriptorsAllow(() => fs.readdir(root, { recursive: true, withFileTypes: true })).catch(
      unlessMissing,
    )) ?? [];
  for (const entry of entries)
    if (TEMPORARY.test(entry.name))
      await rm(join(entry.parentPath, entry.name), { recursive: true, force: true });
}

/** Makes the rename itself durable, and the folders that were `made` for it: each entry lies in the folder above. */
async function syncFolders(folder: string, made: string | undefined): Promise<void> {
  await sync(folder);
  if (made !== undefined && folder.startsWith(made)) await syncFolders(dirname(folder), made);
}

async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const length = Math.min(bytes.length - done, MOST_AT_ONCE_BYTES);
    const { bytesWritten } = await file.write(bytes, done, length, position + done);
    done += bytesWritten;
  }
}

async function readFully(
  file: FileHandle,
  path: string,
  target: Uint8Array,
  position: number,
): Promise<void> {
  for (let done = 0; done < target.length;) {
    const length = Math.min(target.length - done, MOST_AT_ONCE_BYTES);
    const { bytesRead } = await file.read(target, done, length, position + done);
    if (bytesRead === 0) throw new RunDamaged(path, `it ends ${target.length - done} bytes too early`);
    done += bytesRead;
  }
}

function asStorageError(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT' ? new StorageFull(path, error) : error;
}

/** A file or a folder; what was written to it, or put into it, is then durable. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
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
