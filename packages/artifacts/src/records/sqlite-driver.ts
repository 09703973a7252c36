import { setTimeout as delay } from 'node:timers/promises';
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult, SqliteDatabase } from 'kysely';
import { DatabaseLocked } from '../errors.js';
import { longestDatabaseWaitMs } from './database-wait.js';

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 100;

/** The parts of a SQLite handle that the driver uses. */
export interface SqliteHandle extends SqliteDatabase {
  /** Runs a command, and leaves no open statement if it fails. */
  exec(sql: string): void;
  readonly inTransaction: boolean;
}

const READS = /^\s*(?:select|pragma)\b/i;

/**
 * One SQLite connection. While another process has the write lock, writes are retried after a pause in which this
 * process can read: the event loop never waits for the lock.
 */
export function createSqliteDriver(database: SqliteHandle, name: string): Driver {
  const turns = createTurns();
  const inTransaction = new WeakSet<DatabaseConnection>();
  const closing = new AbortController();
  const run = ({ sql, parameters }: CompiledQuery): QueryResult<never> => {
    const statement = database.prepare(sql);
    if (statement.reader) return { rows: statement.all(parameters) as never[] };
    const { changes, lastInsertRowid } = statement.run(parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  };
  // A statement that fails on a lock stays open until it is collected, and blocks the end of its transaction: only
  // `begin` may fail on one.
  const begin = () => database.exec('begin immediate');
  // If the disk is full, SQLite has already rolled the transaction back.
  const rollback = () => database.inTransaction && database.exec('rollback');
  const alone = (query: CompiledQuery): QueryResult<never> => {
    if (READS.test(query.sql)) return run(query);
    begin();
    try {
      const result = run(query);
      database.exec('commit');
      return result;
    } catch (error) {
      rollback();
      throw error;
    }
  };
  const end = (connection: DatabaseConnection) => {
    if (inTransaction.delete(connection)) turns.pass();
  };

  return {
    init: async () => undefined,
    async acquireConnection() {
      const connection: DatabaseConnection = {
        executeQuery: async (query) =>
          inTransaction.has(connection)
            ? run(query)
            : whenFree(name, turns, closing.signal, () => alone(query)),
        streamQuery: () => {
          throw new Error('rows are read at once');
        },
      };
      return connection;
    },
    async beginTransaction(connection) {
      // A transaction that locks late fails if another process has written meanwhile; this one locks at its start.
      await whenFree(name, turns, closing.signal, begin, { keepTurn: true });
      inTransaction.add(connection);
    },
    async commitTransaction(connection) {
      database.exec('commit');
      end(connection);
    },
    async rollbackTransaction(connection) {
      try {
        rollback();
      } finally {
        end(connection);
      }
    },
    releaseConnection: async () => undefined,
    async destroy() {
      closing.abort();
      database.close();
    },
  };
}

/** Runs `work` in its turn, and repeats it while another process has the lock. */
async function whenFree<Result>(
  name: string,
  turns: Turns,
  closing: AbortSignal,
  work: () => Result,
  { keepTurn = false } = {},
): Promise<Result> {
  const deadlineMs = performance.now() + longestDatabaseWaitMs();
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    await turns.take();
    let mayPass = true;
    try {
      const result = work();
      mayPass = !keepTurn;
      return result;
    } catch (error) {
      if (!isLocked(error)) throw error;
      if (performance.now() + pauseMs > deadlineMs || closing.aborted) throw new DatabaseLocked(name, error);
    } finally {
      if (mayPass) turns.pass();
    }
    await delay(pauseMs * (0.5 + Math.random()));
  }
}

export function isLocked(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^SQLITE_(BUSY|LOCKED)/.test(String(error.code));
}

interface Turns {
  take(): Promise<void>;
  pass(): void;
}

/** Runs one task at a time, in the order of the calls. */
function createTurns(): Turns {
  const waiting: (() => void)[] = [];
  let isTaken = false;
  return {
    take() {
      if (isTaken) return new Promise((resolve) => waiting.push(resolve));
      isTaken = true;
      return Promise.resolve();
    },
    pass() {
      const next = waiting.shift();
      if (next === undefined) isTaken = false;
      else next();
    },
  };
}
