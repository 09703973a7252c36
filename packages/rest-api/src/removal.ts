import {
  removeFilesBefore,
  removeFilesOfRemovedRecords,
  type RecordKind,
  type RecordStore,
  type Storage,
} from '@synergos/artifacts';
import type { Logger } from '@synergos/contract';
import { jobIsOver, type JobQueue } from '@synergos/scaling';
import { present, type Presented } from './records.js';
import { missing } from './missing.js';
import type { Answer, ApiRequest } from './route.js';

export type Remove = (kind: RecordKind, request: Pick<ApiRequest, 'params'>) => Promise<Answer>;

/** Kinds whose removal also cancels their jobs and removes their files. */
const WITH_WORK: ReadonlySet<RecordKind> = new Set(['Collaboration', 'Project', 'Experiment', 'Run']);

/** Removes a record and all below it: other records, jobs that have not ended, files. */
export function createRemoval(
  records: RecordStore,
  queue: JobQueue,
  storage: Storage,
  logger: Logger,
): Remove {
  return async (kind, { params }) => {
    const [record, ...below] = await records.remove(kind, params);
    if (record === undefined) return missing(kind, params);
    if (WITH_WORK.has(kind)) {
      const jobs = await queue.list({ states: ['queued', 'running'], of: record.key });
      const ended = await Promise.all(jobs.map(({ id }) => queue.cancel(id)));
      // A job that does not respond to its cancellation may still write; its files are removed at the next removal or
      // start.
      if (ended.every((job) => job === undefined || jobIsOver(job)))
        await removeFilesOfRemovedRecords(records, storage, logger);
    }
    const kinds = [...new Set(below.map((one) => one.kind))];
    const relations = kinds.map((name) => [
      name,
      below.filter((one) => one.kind === name).map((one) => present(one)),
    ]);
    return { data: present(record, Object.fromEntries(relations) as Record<string, Presented[]>) };
  };
}

/**
 * Wraps the records: before a record is created, the remaining files of a deleted record with the same key are removed.
 */
export function removingFilesFirst(records: RecordStore, storage: Storage, logger: Logger): RecordStore {
  return {
    ...records,
    create: async (kind, key, body) => {
      await removeFilesBefore(kind, key, records, storage, logger);
      return records.create(kind, key, body);
    },
  };
}
