import { setTimeout as delay } from 'node:timers/promises';
import { PostgresDialect, type PostgresPoolClient } from 'kysely';
import type { Client, ClientConfig, Pool, PoolClient } from 'pg';
import { DatabaseUnreachable, MalformedDatabaseUrl } from '../errors.js';
import type { OpenDialect } from './dialect.js';
import { postgresFailure, sessionWasEnded, type PostgresTarget } from './postgres-failure.js';
import { createPostgresLock } from './postgres-lock.js';

/** As long as SQLite waits for another writer. */
const WAIT_MS = 10_000;
const QUERY_TIMEOUT_MS = 60_000;
const RECONNECT_EVERY_MS = 200;
const TRANSACTION_BEGINS = /^(begin|start transaction)\b/;
const TRANSACTION_ENDS = /^(commit|rollback)$/;
/** PostgreSQL's number of the type. */
const INT8 = 20;

/** A commit is on the server's disk when it returns; a session whose process vanished does not hold its locks for long. */
const SESSION_SETTINGS = `select
  set_config('synchronous_commit', case current_setting('synchronous_commit') when 'off' then 'on'
    else current_setting('synchronous_commit') end, false),
  set_config('default_transaction_isolation', 'read committed', false),
  set_config('lock_timeout', '${WAIT_MS}', false),
  set_config('idle_in_transaction_session_timeout', '60000', false),
  set_config('tcp_keepalives_idle', '10', false),
  set_config('tcp_keepalives_interval', '5', false),
  set_config('tcp_keepalives_count', '3', false)`;

/** Sessions at a PostgreSQL server. The driver is loaded here only, so that SQLite alone stays light. */
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
    // Counters are far below 2^53; the driver gives int8 as text.
    types: {
      getTypeParser: ((type: number, format: 'text') =>
        type === INT8 ? Number : pg.types.getTypeParser(type, format)) as never,
    },
  };
  const target = targetOf(() => new pg.Client(config));
  const pool = new pg.Pool(config);
  // A session that is lost while nobody uses it is out of the pool by itself; without a listener the process would end.
  pool.on('error', () => undefined);
  // The first is the reason; that the connection broke off comes after it.
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
      // The driver leaves the socket open where it has no password to give.
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
    // Only a server that answered once is waited for.
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
    // Without its cause, which holds the URL.
    throw new MalformedDatabaseUrl('PostgreSQL URLs look otherwise');
  }
}

/** A session of the pool may be gone without its having been told yet; asked first, it fails no call. */
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
 * A pooled session that speaks this package's errors, and that is not used again once it was lost. A statement outside a
 * transaction whose session the server ended is done once more, on another: PostgreSQL tells so only before it commits.
 */
async function openSession(
  take: () => Promise<PoolClient>,
  target: PostgresTarget,
  /** What sessions ended of while nobody asked them anything. */
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
      // What was to be undone is gone with its session; why it was to be is the error to tell.
      if (text === 'rollback' && lost) return { command: 'ROLLBACK', rowCount: 0, rows: [] };
      throw failure;
    }
  };
  const query = async (text: string, parameters: unknown[]) => {
    try {
      return await once((client ??= await take()), text, parameters);
    } catch (error) {
      if (isInTransaction || !sessionWasEnded(error)) throw error;
      // First of all: where many are lost at once, the pool has no place for another.
      client?.release(true);
      client = undefined;
      client = await take();
      lost = false;
      return once(client, text, parameters);
    }
  };
  return { query: query as never, release: () => client?.release(lost) };
}
