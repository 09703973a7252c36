import type { Connection } from '../connection.js';
import { fill, type Ids } from '../paths.js';
import type { RecordOf } from '../types.js';
import type { FollowOptions, JobsResource } from './jobs.js';

/** Calls that start jobs of the TTP and read the records that they create. */
export interface WorkResource<Target, RecordIds, ListIds, Fields> {
  /** Starts jobs, follows their events and resolves with the records when all jobs are completed. */
  create(target: Target, options?: FollowOptions): Promise<readonly RecordOf<Fields>[]>;
  /** Starts jobs and resolves with their ids. */
  start(target: Target): Promise<readonly string[]>;
  read(ids: RecordIds): Promise<RecordOf<Fields>>;
  readAll(ids: ListIds): Promise<readonly RecordOf<Fields>[]>;
}

/** Creates the calls for a path. If ids with `?` are left out, the jobs include all records below the path. */
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
    // Jobs may take hours; clients and proxies time out long before.
    const headers = { prefer: 'respond-async' };
    return (await connection.call(path, { method: 'POST', body: rest, headers, signal })).jobs ?? [];
  };
  return {
    start: (target) => start(target),
    async create(target, options = {}) {
      for (const job_id of await start(target, options.signal)) await jobs.wait({ job_id }, options);
      return list(target, options.signal);
    },
    // The TTP answers with a list here, too.
    read: async (ids) => (await list(ids))[0] as RecordOf<Fields>,
    readAll: (ids) => list(ids),
  };
}
