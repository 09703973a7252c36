import type { Connection } from '../connection.js';
import { fill, type Ids } from '../paths.js';
import type { RecordOf } from '../types.js';

/** Calls on one kind of record. Ids and fields are given in one object, named as in the REST API. */
export interface RecordResource<RecordIds, ParentIds, Fields> {
  create(record: RecordIds & Fields): Promise<RecordOf<Fields>>;
  read(ids: RecordIds): Promise<RecordOf<Fields>>;
  readAll(...ids: object extends ParentIds ? [] : [ParentIds]): Promise<readonly RecordOf<Fields>[]>;
  /** Changes only the fields that are given. */
  update(change: RecordIds & Partial<Fields>): Promise<RecordOf<Fields>>;
  /** Removes the record and all below it; answers with what was removed. */
  delete(ids: RecordIds): Promise<RecordOf<Fields>>;
}

/** `collection` is where records are created and listed; `id` names one of them below it. */
export function recordResource<RecordIds extends object, ParentIds extends object, Fields extends object>(
  connection: Connection,
  collection: string,
  id: string,
): RecordResource<RecordIds, ParentIds, Fields> {
  const single = singleton<RecordIds, Fields>(connection, `${collection}/{${id}}`);
  return {
    ...single,
    async create(record) {
      const { path, rest } = fill(collection, record as Ids);
      return (await connection.call(path, { method: 'POST', body: rest })).data as RecordOf<Fields>;
    },
    async readAll(...[ids = {}]) {
      const { path } = fill(collection, { ...ids });
      return (await connection.call(path)).data as readonly RecordOf<Fields>[];
    },
  };
}

/** Calls on a record that is the only one at its path. */
export function singleton<RecordIds extends object, Fields extends object>(
  connection: Connection,
  template: string,
) {
  const at = async (method: 'DELETE' | 'GET' | 'POST' | 'PUT', input: object): Promise<RecordOf<Fields>> => {
    const { path, rest } = fill(template, input as Ids);
    const body = method === 'POST' || method === 'PUT' ? { body: rest } : {};
    return (await connection.call(path, { method, ...body })).data as RecordOf<Fields>;
  };
  return {
    create: (record: RecordIds & Fields) => at('POST', record),
    read: (ids: RecordIds) => at('GET', ids),
    update: (change: RecordIds & Partial<Fields>) => at('PUT', change),
    delete: (ids: RecordIds) => at('DELETE', ids),
  };
}
