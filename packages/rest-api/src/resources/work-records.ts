import type { RecordKind, RecordStore } from '@synergos/artifacts';
import type { JobQueue } from '@synergos/scaling';
import { ApiError } from '../errors.js';
import { missingText } from '../missing.js';
import { newestFailure } from '../newest-failure.js';
import { presentAll } from '../records.js';
import type { Answer, ApiRequest } from '../route.js';

export interface WorkRecords {
  readonly records: RecordStore;
  readonly queue: JobQueue;
  readonly kind: RecordKind;
  /** Kind of the jobs that create the records. */
  readonly job: string;
  /** The last id of a path that identifies one record. */
  readonly lastId?: string;
}

/**
 * The records of work at or below a path, always as a list. If there is none, the response gives the reason why the
 * newest job for the path failed; if the path identifies one record, it is a 404.
 */
export async function readWork(
  { records, queue, kind, job, lastId }: WorkRecords,
  { params }: Pick<ApiRequest, 'params'>,
): Promise<Answer> {
  const answer = await listWork(records, kind, { params });
  if (answer.data.length > 0) return answer;
  const failure = await newestFailure(queue, job, params);
  const errors = failure === undefined ? [] : [{ path: 'job', message: failure.job }];
  if (lastId !== undefined && lastId in params) {
    const message = missingText(kind, params);
    throw new ApiError(404, failure === undefined ? message : `${message}: ${failure.message}`, errors);
  }
  return failure === undefined ? answer : { ...answer, extra: { message: failure.message, errors } };
}

/** All records at or below a path. */
export async function listWork(
  records: RecordStore,
  kind: RecordKind,
  { params }: Pick<ApiRequest, 'params'>,
): Promise<Answer & { readonly data: readonly unknown[] }> {
  return { data: await presentAll(records, kind, await records.list(kind, params), params) };
}
