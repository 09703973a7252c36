import type { RecordKind, RecordStore } from '@synergos/artifacts';
import { presentAll, presentOne } from '../records.js';
import type { Answer, ApiRequest } from '../route.js';
import { missing } from '../missing.js';

/** What work left: the record that a path names in full, or the list of all at or below it. */
export async function readWork(
  records: RecordStore,
  kind: RecordKind,
  lastId: string,
  { params }: Pick<ApiRequest, 'params'>,
): Promise<Answer> {
  if (!(lastId in params)) return listWork(records, kind, { params });
  const record = await records.get(kind, params);
  return { data: record === undefined ? missing(kind, params) : await presentOne(records, record) };
}

/** All records at or below a path. */
export async function listWork(
  records: RecordStore,
  kind: RecordKind,
  { params }: Pick<ApiRequest, 'params'>,
): Promise<Answer> {
  return { data: await presentAll(records, kind, await records.list(kind, params), params) };
}
