import { type Logger, silentLogger } from '@synergos/contract';
import { FilesNotRemoved } from '../errors.js';
import { hierarchy } from '../records/hierarchy.js';
import type { RecordKey, RecordKind, RecordStore } from '../records/record-store.js';
import type { Storage } from '../stores/storage.js';
import { folderOf } from './run-files.js';

/** Kinds of records with a folder of files. */
const WITH_FILES: ReadonlySet<RecordKind> = new Set(['Collaboration', 'Project', 'Experiment', 'Run']);

/** Folder of a record's files; `undefined` for kinds without one. */
export function folderOfRecord(kind: RecordKind, key: RecordKey): string | undefined {
  return WITH_FILES.has(kind) ? folderOf(hierarchy[kind].ids.map((id) => key[id] ?? '')) : undefined;
}

/**
 * Removes the files of a deleted record before one with the same key is created: a later removal would delete the new
 * record's files too. Rejects with `FilesNotRemoved` if it cannot.
 */
export async function removeFilesBefore(
  kind: RecordKind,
  key: RecordKey,
  records: Pick<RecordStore, 'removedFolders' | 'forgetFolder'>,
  storage: Storage,
  logger: Logger = silentLogger,
): Promise<void> {
  const folder = folderOfRecord(kind, key);
  if (folder === undefined) return;
  const remains = async () => (await records.removedFolders()).includes(folder);
  if (!(await remains())) return;
  await removeFilesOfRemovedRecords(records, storage, logger);
  if (await remains()) throw new FilesNotRemoved(kind, key);
}

/**
 * Removes the files of deleted records, also after a process died in between. A folder that cannot be removed is logged
 * and retried at the next call; the other folders are removed nevertheless.
 */
export async function removeFilesOfRemovedRecords(
  records: Pick<RecordStore, 'removedFolders' | 'forgetFolder'>,
  storage: Storage,
  logger: Logger = silentLogger,
): Promise<void> {
  for (const folder of await records.removedFolders()) {
    try {
      for (const store of [storage.artifacts, storage.scratch]) await store.deleteFolder(folder);
    } catch (err) {
      // A name that the file system rejects has no files.
      if ((err as NodeJS.ErrnoException).code !== 'ENAMETOOLONG') {
        logger.warn({ folder, err }, 'could not remove the files of a deleted record; retrying later');
        continue;
      }
    }
    await records.forgetFolder(folder);
  }
}
