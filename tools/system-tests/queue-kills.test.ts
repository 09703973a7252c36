import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { createJobLeases, createJobStore, openDatabase } from '@synergos/artifacts';
import { createRandom } from '@synergos/fed-algorithms';
import { Broker, createRabbitmqQueue } from '@synergos/scaling';
import { PrivateRabbitmq } from '@synergos/services';
import { kill } from './federation.js';

const JOBS = Number(process.env.SYNERGOS_JOBS ?? 500);
const TAKER = join(import.meta.dirname, 'fixtures', 'taker.mjs');
const directory = mkdtempSync(join(tmpdir(), 'synergos-queue-kills-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it(`${JOBS} jobs over three processes that are killed at random are each completed once`, async () => {
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
  for (;;) {
    const open = (await store.list({ states: ['queued', 'running'] })).length;
    if (open === 0) break;
    deadline.throwIfAborted();
    await delay(300 + 900 * random.uniform(0, 1));
    if (open < JOBS / 20) continue;
    const holder = ['a', 'b', 'c'][Math.floor(3 * random.uniform(0, 1))]!;
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
  expect(kills).toBeGreaterThan(2);
  for (const taker of takers.values()) await kill(taker);
  await queue.close();
  await broker.close();
  await database.close();
}, 300_000);
