import type { Kysely, Selectable, Transaction } from 'kysely';
import { ParentMissing, RecordExists } from '../errors.js';
import { folderOf } from '../models/run-files.js';
import type { Database } from './database.js';
import { hierarchy, idNames, keyOf, kindsBelow } from './hierarchy.js';
import type { RecordBody, RecordKey, RecordKind, RecordStore, StoredRecord } from './record-store.js';
import type { Tables } from './tables.js';

type Connection = Kysely<Tables> | Transaction<Tables>;

/** Records in SQL. */
export function createRecordStore(
  { query }: Database,
  { now = () => new Date() }: { readonly now?: () => Date } = {},
): RecordStore {
  return {
    create: (kind, key, body) =>
      query.transaction().execute(async (transaction) => {
        const full = keyOf(kind, key);
        if ((await one(transaction, kind, full)) !== undefined) throw new RecordExists(kind, full);
        return insert(transaction, kind, full, body);
      }),

    put: (kind, key, body) =>
      query.transaction().execute(async (transaction) => {
        const full = keyOf(kind, key);
        const known = await one(transaction, kind, full);
        return known === undefined
          ? insert(transaction, kind, full, body)
          : replaceBody(transaction, known, body);
      }),

    get: async (kind, key) => one(query, kind, keyOf(kind, key)),

    list: async (kind, key = {}) => (await select(query, [kind], key)).map(fromRow),

    update: (kind, key, change) =>
      query.transaction().execute(async (transaction) => {
        const known = await one(transaction, kind, keyOf(kind, key));
        return known === undefined
          ? undefined
          : replaceBody(transaction, known, { ...known.body, ...change });
      }),

    remove: (kind, key) =>
      query.transaction().execute(async (transaction) => {
        const full = keyOf(kind, key);
        const record = await one(transaction, kind, full);
        if (record === undefined) return [];
        const kinds = kindsBelow(kind);
        const below = kinds.length === 0 ? [] : await select(transaction, kinds, full);
        await where(transaction.deleteFrom('records').where('kind', 'in', [kind, ...kinds]), full).execute();
        await noteFolder(transaction, kind, full);
        return [record, ...below.map(fromRow)];
      }),

    removedFolders: async () =>
      (await query.selectFrom('removed_folders').select('path').orderBy('path').execute()).map(
        ({ path }) => path,
      ),

    forgetFolder: async (path) => {
      await query.deleteFrom('removed_folders').where('path', '=', path).execute();
    },
  };

  async function insert(
    db: Connection,
    kind: RecordKind,
    key: RecordKey,
    body: RecordBody,
  ): Promise<StoredRecord> {
    for (const parent of hierarchy[kind].parents) {
      const parentKey = keyOf(parent, key);
      if ((await one(db, parent, parentKey)) === undefined) throw new ParentMissing(kind, parent, parentKey);
    }
    const row = await db
      .insertInto('records')
      .values({ ...columns(key), kind, body: JSON.stringify(body), created_at: now().toISOString() })
      .returningAll()
      .executeTakeFirstOrThrow();
    return fromRow(row);
  }
}

/** Kinds that files lie below, by their ids. */
const WITH_FILES: ReadonlySet<RecordKind> = new Set(['Collaboration', 'Project', 'Experiment', 'Run']);

async function noteFolder(db: Connection, kind: RecordKind, key: RecordKey): Promise<void> {
  if (!WITH_FILES.has(kind)) return;
  const path = folderOf(hierarchy[kind].ids.map((id) => key[id] ?? ''));
  await db
    .insertInto('removed_folders')
    .values({ path })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function replaceBody(db: Connection, record: StoredRecord, body: RecordBody): Promise<StoredRecord> {
  const row = await db
    .updateTable('records')
    .set({ body: JSON.stringify(body) })
    .where('doc_id', '=', Number(record.doc_id))
    .returningAll()
    .executeTakeFirstOrThrow();
  return fromRow(row);
}

async function one(db: Connection, kind: RecordKind, key: RecordKey): Promise<StoredRecord | undefined> {
  const [row] = await select(db, [kind], key);
  return row === undefined ? undefined : fromRow(row);
}

function select(db: Connection, kinds: readonly RecordKind[], key: RecordKey) {
  return where(
    db.selectFrom('records').selectAll().where('kind', 'in', kinds).orderBy('doc_id'),
    key,
  ).execute();
}

/** Adds a condition for every id of the key. */
function where<
  Query extends { where(column: (typeof idNames)[number], operator: '=', value: string): Query },
>(query: Query, key: RecordKey): Query {
  return idNames.reduce(
    (narrowed, id) => (key[id] === undefined ? narrowed : narrowed.where(id, '=', key[id])),
    query,
  );
}

function columns(key: RecordKey): Record<(typeof idNames)[number], string> {
  const { collab_id = '', project_id = '', expt_id = '', run_id = '', participant_id = '' } = key;
  return { collab_id, project_id, expt_id, run_id, participant_id };
}

function fromRow(row: Selectable<Tables['records']>): StoredRecord {
  return {
    doc_id: String(row.doc_id),
    kind: row.kind as RecordKind,
    key: Object.fromEntries(idNames.flatMap((id) => (row[id] === '' ? [] : [[id, row[id]]]))),
    created_at: row.created_at,
    body: JSON.parse(row.body) as RecordBody,
  };
}
