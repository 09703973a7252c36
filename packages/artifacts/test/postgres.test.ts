import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { sql } from 'kysely';
import pg from 'pg';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createJobStore, type StoredJob } from '../src/jobs/sql-job-store.js';
import { openDatabase } from '../src/records/database.js';
import { createRecordStore } from '../src/records/sql-record-store.js';
import { inTransaction } from '../src/records/transaction.js';
import { administer, describeOnPostgres, emptyPostgres } from './databases.js';
import { startRelay } from './relay.js';

const C = { collab_id: 'c' };

async function open(url: string, exclusive = false) {
  const database = await openDatabase({ url, exclusive });
  onTestFinished(() => database.close());
  return { database, store: createRecordStore(database) };
}

/** The error of a failed open; asserts that it contains no password. */
async function refusal(url: string): Promise<Error> {
  const error: unknown = await openDatabase({ url }).then(
    () => new Error('it was opened'),
    (reason: unknown) => reason,
  );
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('hunter2');
  return error as Error;
}

describeOnPostgres(() => {
  const changed = async (change: (url: URL) => void) => {
    const url = new URL(await emptyPostgres());
    change(url);
    return url.href;
  };
  const endSessions = (url: string) =>
    administer(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${new URL(url).pathname.slice(1)}'`,
    );

  describe('a database that cannot be opened', () => {
    it('is reported in one line if no server listens on the port', async () => {
      const error = await refusal('postgres://u:hunter2@127.0.0.1:1/d');
      expect(error).toMatchObject({
        code: 'database_unreachable',
        message: expect.stringMatching(
          /^the database postgres:\/\/127\.0\.0\.1:1\/d .*ECONNREFUSED.*$/,
        ) as string,
      });
    });

    it('is reported in one line if the host does not exist', async () => {
      expect(await refusal('postgres://u:hunter2@no-such-host.invalid/d')).toMatchObject({
        code: 'database_unreachable',
      });
    });

    it.each(['hunter2', 'hunter2%21%40', ''])(
      'is reported in one line without the wrong password %j',
      async (password) => {
        const error = await refusal(await changed((url) => (url.password = password)));
        expect(error).toMatchObject({ code: 'database_refused' });
        expect(error.message).toMatch(/password/);
        expect(error.message).toContain(`user 'tests'`);
      },
    );

    it('is reported in one line if it does not exist', async () => {
      const error = await refusal(await changed((url) => (url.pathname = 'no_such_database')));
      expect(error).toMatchObject({ code: 'database_refused' });
      expect(error.message).toMatch(/no_such_database/);
    });

    it('is reported in one line if its user may not create tables', async () => {
      const url = await emptyPostgres();
      const guest = `guest_${new URL(url).pathname.slice(-12)}`;
      await administer(`create user ${guest} password 'hunter2'`);
      onTestFinished(() => administer(`drop user ${guest}`));
      await administer('revoke create on schema public from public', url);
      const as = new URL(url);
      as.username = guest;
      as.password = 'hunter2';
      const error = await refusal(as.href);
      expect(error).toMatchObject({ code: 'database_refused' });
      expect(error.message).toMatch(/permission denied for schema public/);
    });

    it.each(['postgres://u:hunter2@h:notaport/d', 'postgres://u:hunter2/x@h/d'])(
      'is reported in one line if its URL is %s',
      async (url) => expect(await refusal(url)).toMatchObject({ code: 'malformed_database_url' }),
    );
  });

  it('is created once, even if many processes open it at the same time', async () => {
    const url = await emptyPostgres();
    const opened = await Promise.all(Array.from({ length: 5 }, () => open(url)));
    for (const [at, { store }] of opened.entries())
      await store.create('Collaboration', { collab_id: `c${at}` }, {});
    expect(await opened[0]!.store.list('Collaboration')).toHaveLength(5);
  });

  it('is durable even if the server defaults to asynchronous commits', async () => {
    const url = await emptyPostgres();
    await administer(`alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = off`);
    const { database } = await open(url);
    const { rows } = await sql`show synchronous_commit`.execute(database.query);
    expect(rows).toEqual([{ synchronous_commit: 'on' }]);
  });

  it('uses the schema in the URL, separate from other schemas', async () => {
    const url = await emptyPostgres();
    await administer('create schema apart', url);
    const { store } = await open(url);
    const { store: apart } = await open(`${url}?options=-c%20search_path%3Dapart`);
    await store.create('Collaboration', C, { in: 'public' });
    await apart.create('Collaboration', C, { in: 'apart' });
    expect((await store.get('Collaboration', C))?.body).toEqual({ in: 'public' });
  });

  it('reports a full disk and keeps its content', async () => {
    const url = await emptyPostgres();
    const { store } = await open(url);
    const kept = await store.create('Collaboration', C, { a: 1 });
    await administer(
      `create function full_disk() returns trigger language plpgsql as $$
         begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
       create trigger full_disk before insert or update on records for each row execute function full_disk()`,
      url,
    );
    const refused = { code: 'storage_full' };
    await expect(store.create('Collaboration', { collab_id: 'd' }, {})).rejects.toMatchObject(refused);
    await expect(store.update('Collaboration', C, { b: 2 })).rejects.toMatchObject(refused);
    expect(await store.list('Collaboration')).toEqual([kept]);
    await administer('drop trigger full_disk on records', url);
    expect((await store.update('Collaboration', C, { b: 2 }))?.body).toEqual({ a: 1, b: 2 });
  });

  describe('a lost connection', () => {
    it('is replaced if it was idle', async () => {
      const url = await emptyPostgres();
      const { store } = await open(url);
      await Promise.all(Array.from({ length: 5 }, () => store.list('Run')));
      await endSessions(url);
      await store.create('Collaboration', C, {});
      expect(await store.list('Collaboration')).toHaveLength(1);
    });

    it('fails the current transaction; the next one succeeds', async () => {
      const url = await emptyPostgres();
      const { database, store } = await open(url);
      const broken = database.query.transaction().execute(async (transaction) => {
        await transaction.selectFrom('records').selectAll().execute();
        await endSessions(url);
        await transaction.selectFrom('records').selectAll().execute();
      });
      await expect(broken).rejects.toMatchObject({ code: 'database_unreachable' });
      await store.create('Collaboration', C, {});
    });

    /** Starts a statement that waits for a table, ends its session, and releases the table. */
    async function endedInTheMiddle<Result>(
      url: string,
      table: string,
      begin: () => Promise<Result>,
    ): Promise<Result> {
      const owner = new pg.Client({ connectionString: url });
      await owner.connect();
      await owner.query(`begin; lock table ${table} in access exclusive mode`);
      const work = begin();
      work.catch(() => undefined);
      const waiting = `from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
      await vi.waitFor(async () => {
        const { rowCount } = await owner.query(`select pg_terminate_backend(pid) ${waiting}`);
        expect(rowCount).toBe(1);
      }, 5000);
      await owner.query('rollback');
      await owner.end();
      return work;
    }

    const job: StoredJob = {
      ...{ id: 'j', kind: 'work', payload: {}, state: 'queued', result: null, error: null, after: null },
      ...{ lane: '', holder: null, attempts: 0, createdAt: 'now', startedAt: null, finishedAt: null },
    };

    it('repeats the current statement once in another session', async () => {
      const url = await emptyPostgres();
      const { database } = await open(url);
      const jobs = createJobStore(database);
      await endedInTheMiddle(url, 'jobs', () => jobs.insert(job));
      expect(await jobs.list()).toEqual([job]);
      const changed = await endedInTheMiddle(url, 'jobs', () =>
        jobs.transition('j', ['queued'], { state: 'running', attempts: 1 }),
      );
      expect(changed).toMatchObject({ state: 'running', attempts: 1 });
    });

    it('repeats the next statement, or the whole transaction, in another session', async () => {
      const url = await emptyPostgres();
      const { database, store } = await open(url);
      let ends = 0;
      const work = async (query: typeof database.query) => {
        await createRecordStore({ ...database, query }).put('Collaboration', C, {});
        // The pool is notified before its next use.
        if (ends++ === 0) await endSessions(url).then(() => delay(100));
        return createRecordStore({ ...database, query }).list('Collaboration');
      };
      expect(await inTransaction(database, work)).toHaveLength(1);
      expect(ends).toBe(2);
      ends = 0;
      expect(await database.query.connection().execute(work)).toHaveLength(1);
      expect(ends).toBe(1);
      expect(await store.list('Collaboration')).toHaveLength(1);
    });

    it('does not repeat a transaction outside of inTransaction', async () => {
      const url = await emptyPostgres();
      const { database, store } = await open(url);
      const transaction = endedInTheMiddle(url, 'jobs', () =>
        database.query.transaction().execute(async (query) => {
          await createRecordStore({ ...database, query }).create('Collaboration', C, {});
          await createJobStore({ ...database, query }).insert(job);
        }),
      );
      await expect(transaction).rejects.toMatchObject({ code: 'database_unreachable' });
      expect(await store.list('Collaboration')).toEqual([]);
      expect(await createJobStore(database).list()).toEqual([]);
    });

    it('repeats a whole store operation', async () => {
      const url = await emptyPostgres();
      const { store } = await open(url);
      await endedInTheMiddle(url, 'records', () => store.create('Collaboration', C, { a: 1 }));
      await endedInTheMiddle(url, 'records', () => store.update('Collaboration', C, { b: 2 }));
      expect((await store.list('Collaboration')).map(({ body }) => body)).toEqual([{ a: 1, b: 2 }]);
    });

    it('is retried while the server is unavailable for a moment', async () => {
      const relay = await startRelay(new URL(await emptyPostgres()));
      const { store } = await open(relay.url, true);
      await store.create('Collaboration', C, {});
      await relay.cut();
      const waiting = store.list('Collaboration');
      setTimeout(() => void relay.mend(), 500);
      expect(await waiting).toHaveLength(1);
    });

    it('is an error if the server is unavailable for long', async () => {
      const relay = await startRelay(new URL(await emptyPostgres()));
      const { database, store } = await open(relay.url);
      expect(await database.answers(5000)).toBe(true);
      await relay.cut();
      expect(await database.answers(200)).toBe(false);
      await expect(store.list('Run')).rejects.toMatchObject({ code: 'database_unreachable' });
      await relay.mend();
      expect(await store.list('Run')).toEqual([]);
    });
  });

  it('rejects writes of an owner that lost the database to another one', async () => {
    const url = await emptyPostgres();
    const relay = await startRelay(new URL(url));
    const first = await open(relay.url, true);
    await relay.cut();
    const second = await open(url, true);
    await relay.mend();
    await expect(first.store.create('Collaboration', C, {})).rejects.toMatchObject({
      code: 'database_in_use',
    });
    await second.store.create('Collaboration', C, {});
  });
});
