import type { Connection } from '../connection.js';
import { fill, type Ids } from '../paths.js';
import type { RecordOf } from '../types.js';
import type { FollowOptions, JobsResource } from './jobs.js';

/** Calls that start work on the TTP, and read the records that it leaves. */
export interface WorkResource<Target, RecordIds, ListIds, Fields> {
  /** Starts the work, follows its events, and resolves with the records when all of it is done. */
  create(target: Target, options?: FollowOptions): Promise<readonly RecordOf<Fields>[]>;
  /** Starts the work and resolves at once with the ids of its jobs. */
  start(target: Target): Promise<readonly string[]>;
  read(ids: RecordIds): Promise<RecordOf<Fields>>;
  readAll(ids: ListIds): Promise<readonly RecordOf<Fields>[]>;
}

/** The ids of `template` that are marked with `?` may be left out: the work is then on all below the path. */
export function workResource<
  Target extends object,
  RecordIds extends object,
  ListIds extends object,
  Fields extends object,
>(
  connection: Connection,
  jobs: JobsResource,
  template: string,
): WorkResource<Target, RecordIds, ListIds, Fields> {
  const list = async (ids: object, signal?: AbortSignal) =>
    (await connection.call(fill(template, ids as Ids).path, { signal })).data as readonly RecordOf<Fields>[];
  const start = async (target: Target, signal?: AbortSignal): Promise<readonly string[]> => {
    const { path, rest } = fill(template, target as Ids);
    // Work may take hours, and clients and proxies give up on a silent answer long before.
    const headers = { prefer: 'respond-async' };
    return (await connection.call(path, { method: 'POST', body: rest, headers, signal })).jobs ?? [];
  };
  return {
    start: (target) => start(target),
    async create(target, options = {}) {
      for (const job_id of await start(target, options.signal)) await jobs.wait({ job_id }, options);
      return list(target, options.signal);
    },
    // The TTP answers a list here as well.
    read: async (ids) => (await list(ids))[0] as RecordOf<Fields>,
    readAll: (ids) => list(ids),
  };
}
