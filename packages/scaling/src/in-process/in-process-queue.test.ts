import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { jobQueueBehaviours } from '../conformance/index.js';
import type { JobStore } from '../job.js';
import { createInMemoryJobStore } from '../in-memory-job-store.js';
import type { AroundJob, JobContext, JobQueue } from '../queue.js';
import { createInProcessQueue, type InProcessQueueOptions } from './in-process-queue.js';

const queues: JobQueue[] = [];
afterEach(async () => {
  for (const queue of queues.splice(0)) await queue.close();
});

function open(options: Partial<InProcessQueueOptions> = {}): JobQueue {
  const queue = createInProcessQueue({ store: createInMemoryJobStore(), ...options });
  queues.push(queue);
  return queue;
}

/** The same jobs, answered after a pause: what a store on disk or over a network does to the order of things. */
function slowly(store: JobStore, milliseconds: () => number): JobStore {
  const late =
    <Args extends unknown[], Answer>(call: (...args: Args) => Promise<Answer>) =>
    async (...args: Args) => {
      await delay(milliseconds());
      const answer = await call(...args);
      await delay(milliseconds());
      return answer;
    };
  return {
    insert: late(store.insert),
    get: late(store.get),
    list: late(store.list),
    counts: late(store.counts),
    transition: late(store.transition),
    appendEvent: late(store.appendEvent),
    events: late(store.events),
    eventsFromLast: late(store.eventsFromLast),
  };
}

describe.each([
  ['a store in memory', (store: JobStore) => store],
  ['a slow store', (store: JobStore) => slowly(store, () => 1)],
])('a queue in this process over %s', (_, made) => {
  for (const { behaviour, check } of jobQueueBehaviours)
    it(behaviour, () => {
      const store = made(createInMemoryJobStore());
      return check(async () => open({ store }));
    });
});

describe('in-process queue', () => {
  it('runs and logs everything about a job inside `around`, and nothing about another job', async () => {
    const current = new AsyncLocalStorage<string>();
    const around: AroundJob = (job, work) =>
      current.run([current.getStore(), job.kind].filter(Boolean).join(', '), work);
    const said: unknown[] = [];
    const note = (_fields: object, message: string) => void said.push([message, current.getStore()]);
    const logger = { debug: note, info: note, warn: note, error: note };
    const grid = open({ around, logger });
    const own = open({ around, logger });
    await grid.start({
      inner: async () => {
        note({}, 'done');
        throw new Error('lost');
      },
    });
    await own.start({
      outer: async () => {
        const { id } = await grid.submit('inner', {});
        await grid.wait(id);
        note({}, 'waited');
      },
    });
    const { id } = await own.submit('outer', {});
    await own.wait(id);
    expect(said).toEqual([
      ['job started', 'outer'],
      ['job started', 'inner'],
      ['done', 'inner'],
      ['job failed', 'inner'],
      ['job ended', 'inner'],
      ['waited', 'outer'],
      ['job ended', 'outer'],
    ]);
  });

  it('runs one job at a time by default', async () => {
    const queue = open();
    let under = 0;
    let most = 0;
    await queue.start({
      work: async () => {
        most = Math.max(most, ++under);
        await delay(2);
        under -= 1;
      },
    });
    const jobs = await Promise.all(Array.from({ length: 10 }, () => queue.submit('work', {})));
    await Promise.all(jobs.map(({ id }) => queue.wait(id)));
    expect(most).toBe(1);
  });

  it('runs up to `concurrency` jobs at the same time, each once', async () => {
    const store = slowly(createInMemoryJobStore(), () => Math.random() * 2);
    const queue = open({ store, concurrency: 3 });
    const ran: string[] = [];
    let under = 0;
    let most = 0;
    await queue.start({
      work: async ({ job }) => {
        ran.push(job.id);
        most = Math.max(most, ++under);
        await delay(Math.random() * 5);
        under -= 1;
      },
    });
    const jobs = await Promise.all(Array.from({ length: 30 }, () => queue.submit('work', {})));
    await Promise.all(jobs.map(({ id }) => queue.wait(id)));
    expect(most).toBe(3);
    expect(ran.toSorted()).toEqual(jobs.map(({ id }) => id).toSorted());
  });

  it('runs exclusive jobs one at a time, in order, and others while one of them stalls', async () => {
    const queue = open({ concurrency: 3, exclusive: ({ payload }) => String(payload.project) });
    const events: string[] = [];
    let end: () => void = () => undefined;
    const stalled = new Promise<void>((resolve) => (end = resolve));
    await queue.start({
      work: async ({ job: { payload } }) => {
        events.push([payload.project, payload.number].join(''));
        if (payload.project === 'a' && payload.number === 1) await stalled;
      },
    });
    const submit = (project: string, number: number) => queue.submit('work', { project, number });
    const first = await submit('a', 1);
    const second = await submit('a', 2);
    const third = await submit('a', 3);
    for (const number of [1, 2]) await queue.wait((await submit('b', number)).id);
    expect(events).toEqual(['a1', 'b1', 'b2']);
    end();
    await Promise.all([first, second, third].map(({ id }) => queue.wait(id)));
    expect(events).toEqual(['a1', 'b1', 'b2', 'a2', 'a3']);
  });

  it('starts a job that comes after another when that one is done, with free concurrency too', async () => {
    const queue = open({ concurrency: 2 });
    const order: string[] = [];
    await queue.start({
      first: async () => {
        await delay(30);
        order.push('first');
      },
      after: async () => void order.push('after'),
      other: async () => void order.push('other'),
    });
    const first = await queue.submit('first', {});
    const after = await queue.submit('after', {}, { after: first.id });
    await queue.submit('other', {});
    await queue.wait(after.id);
    expect(order).toEqual(['other', 'first', 'after']);
  });

  it.each([1, 3])(
    'forgets no job that is submitted while it runs out of work: %i at a time',
    async (concurrency) => {
      const queue = open({ store: slowly(createInMemoryJobStore(), () => Math.random() * 2), concurrency });
      await queue.start({ quick: async () => null });
      for (let round = 0; round < 40; round++) {
        const { id } = await queue.submit('quick', {});
        const job = await queue.wait(id, { signal: AbortSignal.timeout(2000) });
        expect(job.state).toBe('completed');
        await delay(Math.random() * 4);
      }
    },
  );

  it.each([1, 2])(
    'cancels a job whenever the cancel comes, and tells its end as the last event: %i',
    async (concurrency) => {
      const queue = open({ store: slowly(createInMemoryJobStore(), () => Math.random() * 2), concurrency });
      let handled = 0;
      await queue.start({
        long: async ({ signal }) => {
          handled += 1;
          await delay(10_000, undefined, { signal });
        },
      });
      for (let pause = 0; pause < 20; pause++) {
        const { id } = await queue.submit('long', {});
        await delay(pause);
        expect((await queue.cancel(id))?.state).toBe('cancelled');
        const types: string[] = [];
        for await (const { type } of queue.events(id)) types.push(type);
        expect(types.at(-1)).toBe('cancelled');
      }
      expect(handled).toBeLessThan(20);
      expect(handled).toBeGreaterThan(0);
    },
  );

  it('cancels a job that was running when the last process died', async () => {
    const store = createInMemoryJobStore();
    const { id } = await open({ store }).submit('long', {});
    await store.transition(id, ['queued'], { state: 'running', attempts: 1 });
    expect((await open({ store }).cancel(id))?.state).toBe('cancelled');
  });

  it('fails a job after five crashes of its process, and runs the next one', async () => {
    const store = createInMemoryJobStore();
    const submitting = open({ store });
    const { id } = await submitting.submit('fatal', {});
    const { id: next } = await submitting.submit('quick', {});
    // What such a process leaves behind.
    await store.transition(id, ['queued'], { state: 'running', attempts: 5 });
    for (let attempt = 1; attempt <= 5; attempt++)
      await store.appendEvent(id, 'started', { attempt }, 'then');
    const queue = open({ store });
    await queue.start({ fatal: () => Promise.reject(new Error('begun')), quick: async () => null });
    expect(await queue.wait(id)).toMatchObject({
      state: 'failed',
      attempts: 5,
      error: { code: 'given_up', message: expect.stringContaining('after 5 crashes') as string },
    });
    expect((await queue.wait(next)).state).toBe('completed');
  });

  it('does not fail a job for crashes with progress between them', async () => {
    const store = createInMemoryJobStore();
    const { id } = await open({ store }).submit('long', {});
    await store.transition(id, ['queued'], { state: 'running', attempts: 9 });
    for (const type of [
      ...Array(5).fill('started'),
      'round_completed',
      ...Array(3).fill('started'),
    ] as string[])
      await store.appendEvent(id, type, {}, 'then');
    const queue = open({ store });
    await queue.start({ long: async () => null });
    expect((await queue.wait(id)).state).toBe('completed');
  });

  it('does not count a closed queue as a crash', async () => {
    const store = createInMemoryJobStore();
    const { id } = await open({ store }).submit('long', {});
    for (let attempt = 1; attempt <= 7; attempt++) {
      const queue = open({ store });
      await new Promise<void>((begun) => {
        void queue.start({
          long: ({ signal }) => {
            begun();
            return delay(10_000, undefined, { signal });
          },
        });
      });
      await queue.close();
    }
    const queue = open({ store });
    await queue.start({ long: async () => null });
    expect(await queue.wait(id)).toMatchObject({ state: 'completed', attempts: 8 });
  });

  it('continues after its store failed for a while', async () => {
    const store = createInMemoryJobStore();
    let broken = false;
    const lines: string[] = [];
    const note = (_: object, message: string) => void lines.push(message);
    const queue = open({
      store: {
        ...store,
        list: (filter) => (broken ? Promise.reject(new Error('disk gone')) : store.list(filter)),
      },
      logger: { debug: note, info: note, warn: note, error: note },
      storeRetryMs: 5,
    });
    await queue.start({ quick: async () => null });
    broken = true;
    const { id } = await queue.submit('quick', {});
    await delay(20);
    expect((await queue.get(id))?.state).toBe('queued');
    broken = false;
    expect((await queue.wait(id, { signal: AbortSignal.timeout(2000) })).state).toBe('completed');
    expect(lines[0]).toMatch(/cannot reach its store/);
  });

  it('fails a job whose result is not JSON', async () => {
    const queue = open();
    await queue.start({ big: async () => ({ value: 1n }) });
    const { state, error } = await queue.wait((await queue.submit('big', {})).id);
    expect(state).toBe('failed');
    expect(error?.message).toMatch(/BigInt/);
  });

  it('waits no longer than its grace period for a handler that does not respond to its signal', async () => {
    const queue = open({ graceMs: 20 });
    let release = () => {};
    const begun = new Promise<JobContext>((tell) => {
      void queue.start({
        deaf: (context) => {
          tell(context);
          return new Promise<void>((resolve) => (release = resolve));
        },
      });
    });
    const { id } = await queue.submit('deaf', {});
    await begun;
    expect((await queue.cancel(id))?.state).toBe('running');
    await queue.close();
    release();
  });

  it('uses the given clock and ids', async () => {
    let clock = 0;
    const queue = open({ now: () => new Date(1000 * clock++), newId: () => 'job-1' });
    const job = await queue.submit('any', {});
    expect(job).toMatchObject({ id: 'job-1', createdAt: '1970-01-01T00:00:00.000Z' });
  });
});
