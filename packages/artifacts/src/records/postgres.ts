import { setTimeout as delay } from 'node:timers/promises';
import { PostgresDialect, type PostgresPoolClient } from 'kysely';
import type { Client, ClientConfig, Pool, PoolClient } from 'pg';
import { DatabaseUnreachable, MalformedDatabaseUrl } from '../errors.js';
import type { OpenDialect } from './dialect.js';
import { postgresFailure, sessionWasEnded, type PostgresTarget } from './postgres-failure.js';
import { createPostgresLock } from './postgres-lock.js';

/** Same limit as SQLite has for another writer. */
const WAIT_MS = 10_000;
const QUERY_TIMEOUT_MS = 60_000;
const RECONNECT_EVERY_MS = 200;
const TRANSACTION_BEGINS = /^(begin|start transaction)\b/;
const TRANSACTION_ENDS = /^(commit|rollback)$/;
/** PostgreSQL's id of the type. */
const INT8 = 20;

/**
 * A commit is on the server's disk when it returns; the session of a dead process releases its locks after a short
 * time.
 */
const SESSION_SETTINGS = `select
  set_config('synchronous_commit', case current_setting('synchronous_commit') when 'off' then 'on'
    else current_setting('synchronous_commit') end, false),
  set_config('default_transaction_isolation', 'read committed', false),
  set_config('lock_timeout', '${WAIT_MS}', false),
  set_config('idle_in_transaction_session_timeout', '60000', false),
  set_config('tcp_keepalives_idle', '10', false),
  set_config('tcp_keepalives_interval', '5', false),
  set_config('tcp_keepalives_count', '3', false)`;

/** Opens sessions with a PostgreSQL server. The driver is loaded only here: SQLite does not need it. */
export async function openPostgres(
  url: string,
  { exclusive }: { readonly exclusive: boolean },
): Promise<OpenDialect> {
  const { default: pg } = await import('pg');
  const config: ClientConfig = {
    connectionString: url,
    application_name: 'synergos',
    connectionTimeoutMillis: WAIT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    // Counters are far below 2^53; the driver returns int8 as text.
    types: {
      getTypeParser: ((type: number, format: 'text') =>
        type === INT8 ? Number : pg.types.getTypeParser(type, format)) as never,
    },
  };
  const target = targetOf(() => new pg.Client(config));
  const pool = new pg.Pool(config);
  // The pool removes an idle session that is lost; without a listener for its error, the process would end.
  pool.on('error', () => undefined);
  // The first error is the cause; the lost connection is reported after it.
  const endings = new WeakMap<PoolClient, Error>();
  pool.on('connect', (client) =>
    client.on('error', (error) => endings.has(client) || endings.set(client, error)),
  );

  const connectAlone = async () => {
    const client = new pg.Client(config);
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query(SESSION_SETTINGS);
      return client;
    } catch (error) {
      // The driver leaves the socket open if it has no password.
      void client.end().catch(() => undefined);
      throw error;
    }
  };
  const lock = exclusive ? createPostgresLock(connectAlone, target.database) : undefined;

  const takeSession = async (): Promise<PoolClient> => {
    for (const deadlineMs = performance.now() + WAIT_MS; ; await delay(RECONNECT_EVERY_MS))
      try {
        await lock?.hold();
        return await livingSession(pool);
      } catch (error) {
        const failure = postgresFailure(error, target);
        if (!(failure instanceof DatabaseUnreachable) || performance.now() > deadlineMs) throw failure;
      }
  };

  try {
    // Only a server that answered once is retried.
    await (await connectAlone()).end();
    await lock?.hold();
  } catch (error) {
    throw postgresFailure(error, target);
  }
  return {
    name: 'postgres',
    kysely: new PostgresDialect({
      pool: { connect: () => openSession(takeSession, target, endings), end: () => pool.end() },
    }),
    database: target.database,
    release: async () => lock?.release(),
  };
}

function targetOf(makeClient: () => Client): PostgresTarget {
  try {
    const { host, port, database = '', user = '' } = makeClient();
    return { database: `postgres://${host.startsWith('/') ? '' : host}:${port}/${database}`, user };
  } catch {
    // Without its cause, which contains the URL.
    throw new MalformedDatabaseUrl('PostgreSQL URLs look otherwise');
  }
}

/** A pooled session may be lost before the process is notified; a check before its use keeps the call from failing. */
async function livingSession(pool: Pool): Promise<PoolClient> {
  const client = await pool.connect();
  try {
    await client.query(SESSION_SETTINGS);
    return client;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/**
 * A pooled session that throws this package's errors and is not reused after it is lost. If the server ended the
 * session, a statement outside a transaction is repeated once in another session: PostgreSQL reports this error only
 * before it commits.
 */
async function openSession(
  take: () => Promise<PoolClient>,
  target: PostgresTarget,
  /** Errors of sessions that ended while they were idle. */
  endings: WeakMap<PoolClient, Error>,
): Promise<PostgresPoolClient> {
  let client: PoolClient | undefined = await take();
  let lost = false;
  let isInTransaction = false;
  const once = async (on: PoolClient, text: string, parameters: unknown[]) => {
    try {
      const result = await on.query(text, parameters);
      if (TRANSACTION_BEGINS.test(text)) isInTransaction = true;
      if (TRANSACTION_ENDS.test(text)) isInTransaction = false;
      return result;
    } catch (error) {
      const failure = postgresFailure(endings.get(on) ?? error, target);
      lost ||= failure instanceof DatabaseUnreachable;
      // The rollback happened with the loss of the session; the original error is thrown.
      if (text === 'rollback' && lost) return { command: 'ROLLBACK', rowCount: 0, rows: [] };
      throw failure;
    }
  };
  const query = async (text: string, parameters: unknown[]) => {
    try {
      return await once((client ??= await take()), text, parameters);
    } catch (error) {
      if (isInTransaction || !sessionWasEnded(error)) throw error;
      // Released before the retry: if many sessions are lost at once, the pool has no free slot for another.
      client?.release(true);
      client = undefined;
      client = await take();
      lost = false;
      return once(client, text, parameters);
    }
  };
  return { query: query as never, release: () => client?.release(lost) };
}
