import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { SqliteDialect, type Dialect, type SqliteDatabase } from 'kysely';
import Libsql from 'libsql';

const BUSY_TIMEOUT_MS = 10_000;

/** One SQLite file, made if missing. A commit is on disk when it returns. */
export function sqliteDialect(path: string): Dialect {
  mkdirSync(dirname(path), { recursive: true });
  const file = new Libsql(path);
  for (const pragma of [
    `busy_timeout = ${BUSY_TIMEOUT_MS}`,
    'journal_mode = WAL',
    'synchronous = FULL',
    'foreign_keys = ON',
  ])
    file.pragma(pragma);

  const database: SqliteDatabase = {
    // A transaction that begins to write late fails at once when another process wrote meanwhile; one that begins so, waits.
    prepare: (sql) => file.prepare(sql === 'begin' ? 'begin immediate' : sql),
    close() {
      // So that the file is complete without the log beside it; waits for nobody.
      file.pragma('wal_checkpoint(PASSIVE)');
      file.close();
    },
  };
  const sqlite = new SqliteDialect({ database });
  return {
    createDriver: () => sqlite.createDriver(),
    createQueryCompiler: () => sqlite.createQueryCompiler(),
    createIntrospector: (db) => sqlite.createIntrospector(db),
    // SQLite can, and a process that dies between two migrations' statements then leaves nothing half made.
    createAdapter: () =>
      Object.defineProperty(sqlite.createAdapter(), 'supportsTransactionalDdl', { value: true }),
  };
}
