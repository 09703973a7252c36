import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { createJobLeases, createJobStore, openDatabase } from '@synergos/artifacts';
import { createRandom } from '@synergos/fed-algorithms';
import { Broker, createRabbitmqQueue } from '@synergos/scaling';
import { PrivateRabbitmq } from '@synergos/services';
import { kill } from './federation.js';

const JOBS = Number(process.env.SYNERGOS_JOBS ?? 200);
const TAKER = join(import.meta.dirname, 'fixtures', 'taker.mjs');
const directory = mkdtempSync(join(tmpdir(), 'synergos-queue-kills-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it(`${JOBS} jobs in three randomly killed processes are each completed once`, async () => {
  await using rabbitmq = await PrivateRabbitmq.start();
  const path = join(directory, 'records.sqlite');
  const database = await openDatabase({ path, exclusive: true });
  const store = { ...createJobStore(database), ...createJobLeases(database) };
  const namespace = 'kills';
  const broker = await Broker.open({ address: { host: '127.0.0.1', port: rabbitmq.port }, namespace });
  let archived = 0;
  const queue = createRabbitmqQueue({
    broker,
    store,
    reconcileMs: 500,
    end: async (...args) => {
      const job = await store.end(...args);
      if (job !== undefined) archived += 1;
      return job;
    },
  });
  await queue.start({});

  const takers = new Map<string, ChildProcess>();
  onTestFinished(() => Promise.all([...takers.values()].map(kill)).then(() => undefined));
  const start = (holder: string) => {
    const args = [TAKER, String(rabbitmq.port), path, namespace, holder];
    takers.set(holder, spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] }));
  };
  for (const holder of ['a', 'b', 'c']) start(holder);
  const jobs = [];
  for (let index = 0; index < JOBS; index++) jobs.push(await queue.submit('noop', { index }));

  const random = createRandom(7);
  let kills = 0;
  const deadline = AbortSignal.timeout(240_000);
  // Paced by completed jobs, not by the clock: each kill hits working processes on a slow machine, too.
  for (let next = JOBS / 20; archived < JOBS; await delay(2)) {
    deadline.throwIfAborted();
    if (archived < next || archived > JOBS - 20) continue;
    next = archived + (JOBS / 12) * random.uniform(0.5, 1.5);
    await delay(random.uniform(0, 10));
    const holder = ['a', 'b', 'c'][Math.floor(random.uniform(0, 3))]!;
    await kill(takers.get(holder)!);
    kills += 1;
    start(holder);
  }
  for (const { id } of jobs) {
    const job = await store.get(id);
    expect(job).toMatchObject({ state: 'completed', result: { job: id, by: job?.holder } });
    const ends = (await store.events(id)).filter(({ type }) => type === 'completed');
    expect(ends).toHaveLength(1);
  }
  expect(archived).toBe(JOBS);
  expect(kills).toBeGreaterThan(5);
  await queue.close();
  await broker.close();
  await database.close();
}, 300_000);
