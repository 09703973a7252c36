import { silentLogger, type Logger } from '../logger.js';
import type { RecordStore } from '../records/record-store.js';
import type { FileStore } from './file-store.js';

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
