import type { RecordWrite } from '../jobs/job-archive.js';
import { keyOf } from './hierarchy.js';
import type { RecordStore, StoredRecord } from './record-store.js';

/** Records that are read where they are, and written later by someone else. */
export interface RecordOutbox {
  /** `put` and `update` are kept as `writes`; what they would have made is not read back from here. */
  readonly records: RecordStore;
  readonly writes: readonly RecordWrite[];
}

/** For work whose records count only if its job does: both are then written in one transaction, where the job is archived. */
export function createRecordOutbox(
  records: RecordStore,
  { now = () => new Date() }: { readonly now?: () => Date } = {},
): RecordOutbox {
  const writes: RecordWrite[] = [];
  const refuse = (): never => {
    throw new Error('work on a cluster puts and updates records only');
  };
  const shown = (
    kind: StoredRecord['kind'],
    key: StoredRecord['key'],
    body: StoredRecord['body'],
  ): StoredRecord => ({
    doc_id: '',
    kind,
    key: keyOf(kind, key),
    created_at: now().toISOString(),
    body,
  });
  return {
    writes,
    records: {
      get: (kind, key) => records.get(kind, key),
      list: (kind, key) => records.list(kind, key),
      removedFolders: () => records.removedFolders(),
      put: async (kind, key, body) => {
        const record = shown(kind, key, body);
        writes.push({ operation: 'put', kind, key: record.key, body });
        return record;
      },
      update: async (kind, key, change) => {
        const known = await records.get(kind, key);
        if (known === undefined) return undefined;
        writes.push({ operation: 'update', kind, key: known.key, body: change });
        return { ...known, body: { ...known.body, ...change } };
      },
      create: refuse,
      remove: refuse,
      forgetFolder: refuse,
    },
  };
}
