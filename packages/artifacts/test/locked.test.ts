import Libsql from 'libsql';
import { expect, it, onTestFinished } from 'vitest';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { createRecordStore, openDatabase, withDatabaseWait } from '../src/index.js';
import { temporaryFolder } from './temporary-folder.js';

const A = { collab_id: 'a' };

/** Records, and a lock on their file like that of a backup or of the sqlite3 shell. */
async function open() {
  const path = `${temporaryFolder()}/records.sqlite`;
  const database = await openDatabase({ path });
  const other = new Libsql(path);
  onTestFinished(async () => {
    await database.close();
    other.close();
  });
  const records = createRecordStore(database);
  return {
    database,
    records,
    lock: () => void other.exec('begin immediate'),
    unlock: () => void other.exec('rollback'),
  };
}

it('a write waits for the lock; reads and the event loop do not', async () => {
  const { records, lock, unlock } = await open();
  await records.create('Collaboration', A, {});
  lock();
  const loop = monitorEventLoopDelay({ resolution: 5 });
  loop.enable();
  let isDone = false;
  const writing = records.update('Collaboration', A, { of: 1 }).then(() => (isDone = true));
  const insertion = records.create('Collaboration', { collab_id: 'b' }, {});
  await delay(300);
  const startedMs = performance.now();
  expect((await records.get('Collaboration', A))?.body).toEqual({});
  expect(performance.now() - startedMs).toBeLessThan(100);
  expect(isDone).toBe(false);
  // SQLite's own wait would have blocked the event loop for all of the 300 ms.
  expect(loop.max / 1e6).toBeLessThan(200);
  unlock();
  await Promise.all([writing, insertion]);
  expect(await records.list('Collaboration')).toHaveLength(2);
});

it('a bounded write fails with a named error, and writes nothing', async () => {
  const { records, lock, unlock } = await open();
  lock();
  const writing = withDatabaseWait(50, () => records.create('Collaboration', A, {}));
  await expect(writing).rejects.toMatchObject({
    code: 'database_locked',
    message: expect.stringMatching(/another process has locked .*records\.sqlite/) as string,
  });
  unlock();
  expect(await records.list('Collaboration')).toEqual([]);
  await records.create('Collaboration', A, {});
});

it('a locked database does not answer within the bound, and answers after the lock is released', async () => {
  const { database, lock, unlock } = await open();
  expect(await database.answers(50)).toBe(true);
  lock();
  expect(await database.answers(50)).toBe(false);
  unlock();
  expect(await database.answers(50)).toBe(true);
});
