import { type Logger, silentLogger } from '@synergos/contract';
import { FilesNotRemoved } from '../errors.js';
import { hierarchy } from '../records/hierarchy.js';
import type { RecordKey, RecordKind, RecordStore } from '../records/record-store.js';
import type { FileStore } from './file-store.js';
import { folderOf } from './run-files.js';

/** Kinds that files lie below, by their ids. */
const WITH_FILES: ReadonlySet<RecordKind> = new Set(['Collaboration', 'Project', 'Experiment', 'Run']);

/** The folder of a record's files; undefined for kinds without files of their own. */
export function folderOfRecord(kind: RecordKind, key: RecordKey): string | undefined {
  return WITH_FILES.has(kind) ? folderOf(hierarchy[kind].ids.map((id) => key[id] ?? '')) : undefined;
}

/**
 * To be called before a record is created: removes what a deleted record of the same key left, which would else be removed
 * later with the new record's files. Throws `FilesNotRemoved` if it cannot.
 */
export async function removeFilesBefore(
  kind: RecordKind,
  key: RecordKey,
  records: Pick<RecordStore, 'removedFolders' | 'forgetFolder'>,
  files: Pick<FileStore, 'remove'>,
  logger: Logger = silentLogger,
): Promise<void> {
  const folder = folderOfRecord(kind, key);
  if (folder === undefined) return;
  const remains = async () => (await records.removedFolders()).includes(folder);
  if (!(await remains())) return;
  await removeFilesOfRemovedRecords(records, files, logger);
  if (await remains()) throw new FilesNotRemoved(kind, key);
}

/**
 * Removes the files of deleted records, also those left by a process that died in between. A folder that cannot be
 * removed is logged and stays noted for the next call; it stops neither the other folders nor the caller.
 */
export async function removeFilesOfRemovedRecords(
  records: Pick<RecordStore, 'removedFolders' | 'forgetFolder'>,
  files: Pick<FileStore, 'remove'>,
  logger: Logger = silentLogger,
): Promise<void> {
  for (const folder of await records.removedFolders()) {
    try {
      await files.remove(folder);
    } catch (err) {
      // Nothing can lie under a name that the file system does not take.
      if ((err as NodeJS.ErrnoException).code !== 'ENAMETOOLONG') {
        logger.warn({ folder, err }, 'could not remove the files of a deleted record; retrying later');
        continue;
      }
    }
    await records.forgetFolder(folder);
  }
}
