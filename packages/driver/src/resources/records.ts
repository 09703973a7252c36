import type { Connection } from '../connection.js';
import { fill, queryOf, type Ids } from '../paths.js';
import type { RecordOf } from '../types.js';

export interface ReadOptions {
  /** What `relations` holds of the records below: all descendants (default), the children, or none. */
  readonly relations?: 'none' | 'children' | 'all';
}

export interface CreateOptions {
  /** Replace a record of the same id; what lies below it is kept. Default: as the TTP is set, usually an error. */
  readonly overwrite?: boolean;
}

/** Calls on one kind of record. Ids and fields are given in one object, named as in the REST API. */
export interface RecordResource<RecordIds, ParentIds, Fields> {
  create(record: RecordIds & Fields, options?: CreateOptions): Promise<RecordOf<Fields>>;
  read(ids: RecordIds, options?: ReadOptions): Promise<RecordOf<Fields>>;
  readAll(
    ...args: object extends ParentIds ? [ids?: object, options?: ReadOptions] : [ParentIds, ReadOptions?]
  ): Promise<readonly RecordOf<Fields>[]>;
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
    async create(record, options) {
      const { path, rest } = fill(collection, record as Ids);
      return (await connection.call(path + queryOf(options), { method: 'POST', body: rest }))
        .data as RecordOf<Fields>;
    },
    async readAll(...[ids = {}, options]) {
      const path = fill(collection, { ...ids }).path + queryOf(options);
      return (await connection.call(path)).data as readonly RecordOf<Fields>[];
    },
  };
}

/** Calls on a record that is the only one at its path. */
export function singleton<RecordIds extends object, Fields extends object>(
  connection: Connection,
  template: string,
) {
  const at = async (
    method: 'DELETE' | 'GET' | 'POST' | 'PUT',
    input: object,
    options?: CreateOptions | ReadOptions,
  ): Promise<RecordOf<Fields>> => {
    const { path: target, rest } = fill(template, input as Ids);
    const path = target + queryOf(options);
    const body = method === 'POST' || method === 'PUT' ? { body: rest } : {};
    return (await connection.call(path, { method, ...body })).data as RecordOf<Fields>;
  };
  return {
    create: (record: RecordIds & Fields, options?: CreateOptions) => at('POST', record, options),
    read: (ids: RecordIds, options?: ReadOptions) => at('GET', ids, options),
    update: (change: RecordIds & Partial<Fields>) => at('PUT', change),
    delete: (ids: RecordIds) => at('DELETE', ids),
  };
}
