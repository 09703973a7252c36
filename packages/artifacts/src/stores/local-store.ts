import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { whenDescriptorsAllow } from '@synergos/contract';
import type { ArtifactInfo, ByteRange } from './artifact-store.js';
import {
  createReader,
  createWriter,
  isTemporary,
  open,
  placeFile,
  syncFolders,
  writeChunks,
} from './durable-file.js';
import { checkKey, splitPrefix } from './keys.js';
import type { ScratchStore } from './scratch-store.js';

const READ_BYTES = 256 * 1024;
/** A folder, or a path below a file, is not an artifact. */
const MISSING: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ERR_FS_EISDIR']);

/** Stores artifacts and scratch files in a directory of this machine, created on the first write. */
export function createLocalStore(root: string): ScratchStore {
  const base = resolve(root);
  const localFile = (key: string): string => {
    checkKey(key);
    return join(base, key);
  };
  const copyInto = (file: string) => (temporary: string) =>
    whenDescriptorsAllow(() => fs.copyFile(file, temporary, constants.COPYFILE_FICLONE));

  return {
    localFile,

    async put(key, content, { ifAbsent = false } = {}) {
      const fill =
        typeof content === 'string'
          ? (path: string) => writeChunks(path, [Buffer.from(content)])
          : content instanceof Uint8Array
            ? (path: string) => writeChunks(path, [content])
            : 'file' in content
              ? copyInto(content.file)
              : (path: string) => writeChunks(path, content);
      return placeFile(localFile(key), fill, ifAbsent);
    },

    async head(key) {
      return infoOf(key, localFile(key));
    },

    async get(key, range) {
      if (range === undefined)
        return whenDescriptorsAllow(() => fs.readFile(localFile(key))).catch(unlessMissing);
      const chunks = await stream(key, range);
      return chunks && Buffer.concat((await chunks.toArray()) as Uint8Array[]);
    },

    stream,

    async *list(prefix) {
      const { folder, start } = splitPrefix(prefix);
      yield* filesBelow(folder, (name) => name.startsWith(start));
    },

    async delete(key) {
      await rm(localFile(key), { force: true }).catch(unlessMissing);
    },

    async deleteFolder(folder) {
      await rm(localFile(folder), { recursive: true, force: true });
    },

    create: async (path) => createWriter(localFile(path)),

    async open(path) {
      const file = await open(localFile(path), 'r').catch(unlessMissing);
      return file && createReader(file, path);
    },

    async copy(from, to) {
      await placeFile(localFile(to), copyInto(localFile(from)));
    },

    async moveFolder(from, to) {
      const target = localFile(to);
      const made = await mkdir(dirname(target), { recursive: true });
      await rename(localFile(from), target);
      await syncFolders(dirname(target), made);
    },
  };

  async function stream(key: string, { start, end = Infinity }: ByteRange = { start: 0 }) {
    const file = await open(localFile(key), 'r').catch(unlessMissing);
    if (file === undefined) return undefined;
    const stats = await file.stat();
    const last = Math.min(end, stats.size - 1);
    if (stats.isFile() && start <= last)
      return file.createReadStream({ start, end: last, highWaterMark: READ_BYTES });
    await file.close();
    return stats.isFile() ? Readable.from([]) : undefined;
  }

  async function* filesBelow(folder: string, fits: (name: string) => boolean): AsyncGenerator<ArtifactInfo> {
    const path = folder === '' ? base : localFile(folder);
    const entries =
      (await whenDescriptorsAllow(() => fs.readdir(path, { withFileTypes: true })).catch(unlessMissing)) ??
      [];
    for (const entry of entries) {
      if (isTemporary(entry.name) || !fits(entry.name)) continue;
      const key = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) yield* filesBelow(key, () => true);
      else {
        const info = await infoOf(key, join(path, entry.name));
        if (info !== undefined) yield info;
      }
    }
  }
}

/** Removes unfinished writes of dead processes. Requires that no other process writes below `root`. */
export async function removeUnfinishedWrites(root: string): Promise<void> {
  const entries =
    (await whenDescriptorsAllow(() => fs.readdir(root, { recursive: true, withFileTypes: true })).catch(
      unlessMissing,
    )) ?? [];
  for (const entry of entries)
    if (isTemporary(entry.name))
      await rm(join(entry.parentPath, entry.name), { recursive: true, force: true });
}

async function infoOf(key: string, path: string): Promise<ArtifactInfo | undefined> {
  const stats = await fs.stat(path).catch(unlessMissing);
  if (stats === undefined || !stats.isFile()) return undefined;
  // A replacement is a new file: its inode differs even if both were written in the same millisecond.
  const version = [stats.ino, stats.size, Math.trunc(stats.mtimeMs)]
    .map((part) => part.toString(16))
    .join('-');
  return { key, sizeBytes: stats.size, modifiedAt: stats.mtime, version };
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (!MISSING.has(error.code)) throw error;
  return undefined;
}
