import type { Connection } from '../connection.js';
import { fill, queryOf, type Ids } from '../paths.js';
import type { RecordOf } from '../types.js';

export interface ReadOptions {
  /** The records that `relations` holds: all descendants, children only, or none. @defaultValue `all` */
  readonly relations?: 'none' | 'children' | 'all';
}

export interface CreateOptions {
  /** Replaces the record with this id; records below it stay. @defaultValue the setting of the TTP, usually an error */
  readonly overwrite?: boolean;
}

/** Calls for one kind of record. Ids and fields are passed in one object, with the names of the REST API. */
export interface RecordResource<RecordIds, ParentIds, Fields> {
  create(record: RecordIds & Fields, options?: CreateOptions): Promise<RecordOf<Fields>>;
  read(ids: RecordIds, options?: ReadOptions): Promise<RecordOf<Fields>>;
  readAll(
    ...args: object extends ParentIds ? [ids?: object, options?: ReadOptions] : [ParentIds, ReadOptions?]
  ): Promise<readonly RecordOf<Fields>[]>;
  /** Changes the given fields only. */
  update(change: RecordIds & Partial<Fields>): Promise<RecordOf<Fields>>;
  /** Deletes the record and all below it. Resolves with the deleted record. */
  delete(ids: RecordIds): Promise<RecordOf<Fields>>;
}

/** Creates the calls for the records at the path `collection`; `id` names a record there. */
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

/** Creates the calls for the only record at a path. */
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
