import type { RecordKey, RecordStore } from '@synergos/artifacts';

/** Drops outdated alignments: their project's data, participants or models have changed. */
export async function dropAlignments(records: RecordStore, project: RecordKey): Promise<void> {
  const { collab_id = '', project_id = '' } = project;
  for (const { key } of await records.list('Alignment', { collab_id, project_id }))
    await records.remove('Alignment', key);
}
