import type { RecordStore } from '../records/record-store.js';
import type { FileStore } from './file-store.js';

/** Removes the files of removed records; also those that a process left which died in between. */
export async function removeFilesOfRemovedRecords(
  records: Pick<RecordStore, 'removedFolders' | 'forgetFolder'>,
  files: FileStore,
): Promise<void> {
  for (const folder of await records.removedFolders()) {
    await files.remove(folder);
    await records.forgetFolder(folder);
  }
}
