import type { Logger } from '@synergos/contract';
import type { ArtifactStore } from '../stores/artifact-store.js';
import type { RecordStore } from '../records/record-store.js';

/** Warns if the database is empty and the store has artifacts of collaborations: usually the database is the wrong one. */
export async function warnOfOrphans(
  records: Pick<RecordStore, 'list'>,
  store: Pick<ArtifactStore, 'list'>,
  logger: Logger,
): Promise<void> {
  if ((await records.list('Collaboration')).length > 0) return;
  const folders = new Set<string>();
  for await (const { key } of store.list(''))
    if (key.includes('/')) folders.add(key.slice(0, key.indexOf('/')));
  const collaborations = [...folders].filter((name) => !name.startsWith('.')).length;
  if (collaborations === 0) return;
  logger.warn(
    { collaborations },
    'the database is empty, but the outputs directory has files of collaborations; check --data-dir and --database',
  );
}
