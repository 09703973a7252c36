import { setTimeout as delay } from 'node:timers/promises';
import { Kysely, Migrator, sql, type Migration } from 'kysely';
import { NewerSchema } from '../errors.js';
import { withDatabaseWait } from './database-wait.js';
import type { DialectName, OpenDialect } from './dialect.js';
import { parseLocation, type DatabaseLocation } from './location.js';
import { initial } from './migrations/0001-initial.js';
import { removedFolders } from './migrations/0002-removed-folders.js';
import { jobLeases } from './migrations/0003-job-leases.js';
import { tokenExpiry } from './migrations/0004-token-expiry.js';
import { jobLookups } from './migrations/0005-job-lookups.js';
import { storeKeys } from './migrations/0006-store-keys.js';
import { openPostgres } from './postgres.js';
import { openSqlite } from './sqlite.js';
import type { Tables } from './tables.js';

export interface Database {
  readonly query: Kysely<Tables>;
  readonly dialect: DialectName;
  /** Location of the database for logs, without user and password. */
  readonly name: string;
  /** Whether the database accepts a write within this time; never rejects. */
  answers(withinMs: number): Promise<boolean>;
  close(): Promise<void>;
}

/** Same limit as for a PostgreSQL server. */
const OPEN_WAIT_MS = 10_000;

const migrations = (dialect: DialectName): Record<string, Migration> => ({
  '0001-initial': initial(dialect),
  '0002-removed-folders': removedFolders,
  '0003-job-leases': jobLeases,
  '0004-token-expiry': tokenExpiry,
  '0005-job-lookups': jobLookups(dialect),
  '0006-store-keys': storeKeys,
});

/**
 * Opens a SQLite file (created if missing) or an existing PostgreSQL database and migrates it to the newest schema. A
 * write is on disk when the call returns. While another process has locked a SQLite file, calls wait (see
 * `withDatabaseWait`). With `exclusive`, a second exclusive open is refused until this one is closed or its process
 * ends. Throws `MalformedDatabaseUrl`; `DatabaseUnreachable`, `DatabaseRefused` or `DatabaseInUse`, as any later call
 * may; and `NewerSchema` if a newer version of this program wrote it.
 */
export async function openDatabase(
  options: DatabaseLocation & { readonly exclusive?: boolean },
): Promise<Database> {
  const { exclusive = false } = options;
  const location = parseLocation(options);
  const dialect =
    location.dialect === 'sqlite'
      ? await openSqlite(location.path, { exclusive, waitMs: OPEN_WAIT_MS })
      : await openPostgres(location.url, { exclusive });
  const query = new Kysely<Tables>({ dialect: dialect.kysely });
  const close = async () => {
    await query.destroy();
    await dialect.release();
  };
  try {
    await withDatabaseWait(OPEN_WAIT_MS, () => migrate(query, dialect));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    query,
    dialect: dialect.name,
    name: dialect.database,
    async answers(withinMs) {
      const timeout = new AbortController();
      const late = delay(withinMs, false, { signal: timeout.signal }).catch(() => false);
      // A transaction takes SQLite's write lock, even if it writes nothing.
      const asked = withDatabaseWait(withinMs, () =>
        query
          .transaction()
          .execute((transaction) => sql`select 1`.execute(transaction))
          .then(
            () => true,
            () => false,
          ),
      );
      const isThere = await Promise.race([asked, late]);
      timeout.abort();
      return isThere;
    },
    close,
  };
}

async function migrate(db: Kysely<Tables>, { name, database }: OpenDialect): Promise<void> {
  const schema = name === 'postgres' ? await currentSchema(db) : undefined;
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations(name) },
    // Otherwise a table of this name in another schema would be found.
    ...(schema === undefined ? {} : { migrationTableSchema: schema }),
  });
  const { error } = await migrator.migrateToLatest();
  if (error instanceof Error && error.message.includes('corrupted migrations'))
    throw new NewerSchema(database, error);
  if (error !== undefined) throw error;
}

async function currentSchema(db: Kysely<Tables>): Promise<string | undefined> {
  const { rows } = await sql<{ name: string | null }>`select current_schema() as name`.execute(db);
  return rows[0]?.name ?? undefined;
}
