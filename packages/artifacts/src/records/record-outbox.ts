import type { RecordWrite } from '../jobs/job-archive.js';
import { keyOf } from './hierarchy.js';
import type { RecordStore, StoredRecord } from './record-store.js';

/** Reads records from a store, and collects writes that another process stores later. */
export interface RecordOutbox {
  /** Collects `put` and `update` as `writes`; later reads do not return them. */
  readonly records: RecordStore;
  readonly writes: readonly RecordWrite[];
}

/**
 * For work whose records are valid only if its job succeeds: both are written in one transaction when the job is
 * archived.
 */
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
