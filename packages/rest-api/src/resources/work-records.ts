import type { RecordKind, RecordStore } from '@synergos/artifacts';
import { presentAll } from '../records.js';
import type { Answer, ApiRequest } from '../route.js';
import { missing } from '../missing.js';

/** The records of work at or below a path, always as a list. A path that names one record in full requires it. */
export async function readWork(
  records: RecordStore,
  kind: RecordKind,
  lastId: string,
  request: Pick<ApiRequest, 'params'>,
): Promise<Answer> {
  const answer = await listWork(records, kind, request);
  if (lastId in request.params && answer.data.length === 0) missing(kind, request.params);
  return answer;
}

/** All records at or below a path. */
export async function listWork(
  records: RecordStore,
  kind: RecordKind,
  { params }: Pick<ApiRequest, 'params'>,
): Promise<Answer & { readonly data: readonly unknown[] }> {
  return { data: await presentAll(records, kind, await records.list(kind, params), params) };
}
