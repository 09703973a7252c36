import type { Kysely, Selectable, Transaction } from 'kysely';
import { ParentMissing, RecordExists } from '../errors.js';
import { folderOfRecord } from '../models/removed-files.js';
import type { Database } from './database.js';
import { hierarchy, idNames, keyOf, kindsAbove, kindsBelow } from './hierarchy.js';
import type { RecordBody, RecordKey, RecordKind, RecordStore, StoredRecord } from './record-store.js';
import type { Tables } from './tables.js';
import { inTransaction } from './transaction.js';

type Connection = Kysely<Tables> | Transaction<Tables>;
type RowLock = 'forKeyShare' | 'forNoKeyUpdate' | 'forUpdate';

/**
 * Records in SQL. On SQLite, a writing transaction is exclusive. On PostgreSQL, it locks the rows that it depends on: a
 * change or removal locks the record's row, and a creation locks the rows of all parents, so that they cannot be
 * removed meanwhile.
 */
export function createRecordStore(
  database: Database,
  { now = () => new Date() }: { readonly now?: () => Date } = {},
): RecordStore {
  const { query, dialect } = database;
  const locking = (lock: RowLock) => (dialect === 'postgres' ? lock : undefined);

  return {
    create: (kind, key, body) =>
      inTransaction(database, async (transaction) => {
        const full = keyOf(kind, key);
        if ((await one(transaction, kind, full)) !== undefined) throw new RecordExists(kind, full);
        const made = await insert(transaction, kind, full, body);
        if (made === undefined) throw new RecordExists(kind, full);
        return made;
      }),

    put: (kind, key, body) =>
      inTransaction(database, async (transaction) => {
        const full = keyOf(kind, key);
        // Another writer may create it between the check and the insertion.
        for (;;) {
          const known = await one(transaction, kind, full, locking('forNoKeyUpdate'));
          const record =
            known === undefined
              ? await insert(transaction, kind, full, body)
              : await replaceBody(transaction, known, body);
          if (record !== undefined) return record;
        }
      }),

    get: async (kind, key) => one(query, kind, keyOf(kind, key)),

    list: async (kind, key = {}) => (await select(query, [kind], key)).map(fromRow),

    update: (kind, key, change) =>
      inTransaction(database, async (transaction) => {
        const known = await one(transaction, kind, keyOf(kind, key), locking('forNoKeyUpdate'));
        return known === undefined
          ? undefined
          : replaceBody(transaction, known, { ...known.body, ...change });
      }),

    remove: (kind, key) =>
      inTransaction(database, async (transaction) => {
        const full = keyOf(kind, key);
        const record = await one(transaction, kind, full, locking('forUpdate'));
        if (record === undefined) return [];
        const kinds = kindsBelow(kind);
        const below = kinds.length === 0 ? [] : await select(transaction, kinds, full, locking('forUpdate'));
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

  /** Returns undefined if the key exists. */
  async function insert(
    db: Connection,
    kind: RecordKind,
    key: RecordKey,
    body: RecordBody,
  ): Promise<StoredRecord | undefined> {
    // From the top down, in the lock order of removals.
    if (dialect === 'postgres')
      for (const above of kindsAbove(kind)) await one(db, above, keyOf(above, key), 'forKeyShare');
    for (const parent of hierarchy[kind].parents) {
      const parentKey = keyOf(parent, key);
      if ((await one(db, parent, parentKey)) === undefined) throw new ParentMissing(kind, parent, parentKey);
    }
    const row = await db
      .insertInto('records')
      .values({ ...columns(key), kind, body: JSON.stringify(body), created_at: now().toISOString() })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst();
    return row && fromRow(row);
  }
}

async function noteFolder(db: Connection, kind: RecordKind, key: RecordKey): Promise<void> {
  const path = folderOfRecord(kind, key);
  if (path === undefined) return;
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

async function one(
  db: Connection,
  kind: RecordKind,
  key: RecordKey,
  lock?: RowLock,
): Promise<StoredRecord | undefined> {
  const [row] = await select(db, [kind], key, lock);
  return row === undefined ? undefined : fromRow(row);
}

function select(db: Connection, kinds: readonly RecordKind[], key: RecordKey, lock?: RowLock) {
  const rows = where(db.selectFrom('records').selectAll().where('kind', 'in', kinds).orderBy('doc_id'), key);
  return (lock === undefined ? rows : rows[lock]()).execute();
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
