import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SqliteDialect, type SqliteStatement } from 'kysely';
import Libsql from 'libsql';
import { LruMap } from '@synergos/contract';
import { DatabaseInUse, DatabaseLocked, StorageFull } from '../errors.js';
import type { OpenDialect } from './dialect.js';
import { lockFile } from './lock-file.js';
import { createSqliteDriver, isLocked, type SqliteHandle } from './sqlite-driver.js';

const OPEN_RETRY_MS = 50;

/** Opens a SQLite file, created if missing. A commit is on disk when it returns. */
export async function openSqlite(
  path: string,
  { exclusive, waitMs }: { readonly exclusive: boolean; readonly waitMs: number },
): Promise<OpenDialect> {
  mkdirSync(dirname(path), { recursive: true });
  const lock =
    exclusive && path !== ':memory:' ? lockFile(`${path}.lock`, () => new DatabaseInUse(path)) : undefined;
  const file = new Libsql(path);
  try {
    // The driver waits for locks, without blocking the event loop.
    for (const pragma of [
      'busy_timeout = 0',
      'journal_mode = WAL',
      'synchronous = FULL',
      'foreign_keys = ON',
    ])
      await untilUnlocked(path, waitMs, () => file.pragma(pragma));
  } catch (error) {
    file.close();
    lock?.close();
    throw error;
  }

  const statements = createStatements((sql) => told(file.prepare(sql), path));
  const database: SqliteHandle = {
    prepare: (sql) => statements.get(sql),
    exec: (sql) => void file.exec(sql),
    get inTransaction() {
      return file.inTransaction;
    },
    close() {
      // Makes the file complete without the log next to it; waits for no lock.
      file.pragma('wal_checkpoint(PASSIVE)');
      file.close();
    },
  };
  const sqlite = new SqliteDialect({ database });
  return {
    name: 'sqlite',
    kysely: {
      createDriver: () => createSqliteDriver(database, path),
      createQueryCompiler: () => sqlite.createQueryCompiler(),
      createIntrospector: (db) => sqlite.createIntrospector(db),
      // SQLite rolls back schema changes, so a process that dies during a migration leaves no partial schema.
      createAdapter: () =>
        Object.defineProperty(sqlite.createAdapter(), 'supportsTransactionalDdl', { value: true }),
    },
    database: path,
    release: async () => lock?.close(),
  };
}

async function untilUnlocked(path: string, waitMs: number, work: () => void): Promise<void> {
  for (const deadlineMs = performance.now() + waitMs; ; await delay(OPEN_RETRY_MS))
    try {
      return work();
    } catch (error) {
      if (!isLocked(error)) throw error;
      if (performance.now() > deadlineMs) throw new DatabaseLocked(path, error);
    }
}

const MOST_STATEMENTS = 200;
const CHANGES_SCHEMA = /^\s*(?:create|alter|drop)\b/i;

/** Caches prepared statements: preparing one takes longer than reading a row with it. */
function createStatements(prepare: (sql: string) => SqliteStatement) {
  const known = new LruMap<string, SqliteStatement>(MOST_STATEMENTS);
  return {
    get(sql: string): SqliteStatement {
      // A statement keeps the columns of the schema at the time of its preparation.
      if (CHANGES_SCHEMA.test(sql)) known.clear();
      const statement = known.get(sql) ?? usable(sql, prepare(sql));
      known.set(sql, statement);
      return statement;
    },
  };

  /** A statement that failed, or still has open rows, is not reused. */
  function usable(sql: string, statement: SqliteStatement): SqliteStatement {
    const unlessFailed = <Result>(work: () => Result): Result => {
      try {
        return work();
      } catch (error) {
        known.delete(sql);
        throw error;
      }
    };
    return {
      reader: statement.reader,
      all: (parameters) => unlessFailed(() => statement.all(parameters)),
      run: (parameters) => unlessFailed(() => statement.run(parameters)),
      iterate(parameters) {
        known.delete(sql);
        return statement.iterate(parameters);
      },
    };
  }
}

/** The statement; its errors for a full disk are converted to this package's error. */
function told(statement: SqliteStatement, path: string): SqliteStatement {
  const telling = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      throw isCode(error, 'SQLITE_FULL') ? new StorageFull(path, error) : error;
    }
  };
  return {
    reader: statement.reader,
    all: (parameters) => telling(() => statement.all(parameters)),
    run: (parameters) => telling(() => statement.run(parameters)),
    iterate: (parameters) => statement.iterate(parameters),
  };
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
