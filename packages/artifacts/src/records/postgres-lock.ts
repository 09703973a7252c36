import type { Client } from 'pg';
import { DatabaseInUse } from '../errors.js';

// An arbitrary number that other programs are unlikely to use; together with the schema it identifies the lock.
const LOCK = 1_398_361_678;
/** The server may hold the session of a killed process for a moment. */
const WAIT_MS = 3000;

const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Lock for one process at a time: an advisory lock in its own session, released by the server when the process ends.
 */
export interface PostgresLock {
  /** Resolves when the lock is held; takes it again if its session is lost. Throws `DatabaseInUse`. */
  hold(): Promise<void>;
  release(): Promise<void>;
}

export function createPostgresLock(connect: () => Promise<Client>, database: string): PostgresLock {
  let session: Client | undefined;
  let taking: Promise<void> | undefined;

  async function take(): Promise<void> {
    const client = await connect();
    try {
      await client.query(`set lock_timeout = ${WAIT_MS}`);
      await client.query(
        'select pg_advisory_lock($1, oid::int) from pg_namespace where nspname = current_schema()',
        [LOCK],
      );
    } catch (error) {
      await client.end();
      if ((error as { code?: string }).code === LOCK_NOT_AVAILABLE) throw new DatabaseInUse(database);
      throw error;
    }
    client.once('end', () => (session = undefined));
    session = client;
  }

  return {
    async hold() {
      if (session === undefined) await (taking ??= take().finally(() => (taking = undefined)));
    },
    async release() {
      await taking?.catch(() => undefined);
      await session?.end();
    },
  };
}
