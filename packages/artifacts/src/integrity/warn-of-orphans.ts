import type { Logger } from '@synergos/contract';
import type { FileStore } from '../models/file-store.js';
import type { RecordStore } from '../records/record-store.js';

/** Warns of an outputs directory with files of collaborations while there is no record at all: most often a wrong database. */
export async function warnOfOrphans(
  records: Pick<RecordStore, 'list'>,
  files: Pick<FileStore, 'folders'>,
  logger: Logger,
): Promise<void> {
  const folders = (await files.folders('')).filter((name) => !name.startsWith('.'));
  if (folders.length === 0 || (await records.list('Collaboration')).length > 0) return;
  logger.warn(
    { collaborations: folders.length },
    'the database is empty, but the outputs directory has files of collaborations; check --data-dir and --database',
  );
}
