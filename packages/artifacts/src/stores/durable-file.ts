import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { link, mkdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { whenDescriptorsAllow } from '@synergos/contract';
import { RunDamaged, StorageFull } from '../errors.js';
import type { FileReader, FileWriter } from './scratch-store.js';

const TEMPORARY = /^\.tmp-[0-9a-f-]{36}$/;
/** Limit of one system call: 2 GiB. */
const MOST_AT_ONCE_BYTES = 1 << 30;
const WITHOUT_LINKS: ReadonlySet<string | undefined> = new Set(['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK']);

/** Waits while the process has no file descriptors left. */
export const open = (path: string, flags: string) => whenDescriptorsAllow(() => fs.open(path, flags));

/** A name that no record's folder or file has. `removeUnfinishedWrites` removes what a dead process left under it. */
export function temporaryName(): string {
  return `.tmp-${randomUUID()}`;
}

export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

/**
 * Stores a file completely or not at all: `fill` writes the file to a temporary path, then it is synced, renamed
 * and its folder synced. Resolves with `false` if `ifAbsent` is set and `target` exists.
 */
export async function placeFile(
  target: string,
  fill: (temporary: string) => Promise<void>,
  ifAbsent = false,
): Promise<boolean> {
  const temporary = join(dirname(target), temporaryName());
  try {
    const made = await mkdir(dirname(target), { recursive: true });
    await fill(temporary);
    await sync(temporary);
    if (ifAbsent) {
      if (!(await linkIfAbsent(temporary, target))) return false;
    } else await rename(temporary, target);
    await syncFolders(dirname(target), made);
    return true;
  } catch (error) {
    throw asStorageError(error, target);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Starts a file that is written in pieces and put in place by `commit`. */
export async function createWriter(target: string): Promise<FileWriter> {
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

export async function createReader(file: FileHandle, path: string): Promise<FileReader> {
  const { size: sizeBytes } = await file.stat();
  return {
    sizeBytes,
    read: (target, position) => readFully(file, path, target, position),
    close: () => file.close(),
  };
}

/** Writes chunks in order to a new file. */
export async function writeChunks(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const file = await open(path, 'wx');
  try {
    let position = 0;
    for await (const chunk of chunks) {
      await writeFully(file, chunk, position);
      position += chunk.length;
    }
  } finally {
    await file.close();
  }
}

/** Makes a rename durable, and the folders that were `made` for it: each entry is in its parent folder. */
export async function syncFolders(folder: string, made: string | undefined): Promise<void> {
  await sync(folder);
  if (made !== undefined && folder.startsWith(made)) await syncFolders(dirname(folder), made);
}

/** Makes the content of a file, or the entries of a folder, durable. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A file system without hard links cannot do this in one step: two simultaneous writers may both succeed. */
async function linkIfAbsent(temporary: string, target: string): Promise<boolean> {
  try {
    await link(temporary, target);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (!WITHOUT_LINKS.has(code)) throw error;
  }
  const exists = await fs.stat(target).then(
    () => true,
    () => false,
  );
  if (!exists) await rename(temporary, target);
  return !exists;
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
