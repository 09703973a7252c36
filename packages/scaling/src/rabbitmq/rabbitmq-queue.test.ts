import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { FaultProxy } from '@synergos/fault-proxy';
import {
  deadLetters,
  describeOnRabbitmq,
  eventually,
  newNamespace,
  openBroker,
  rabbitmqPort,
} from '../../test/rabbitmq.js';
import { jobQueueBehaviours } from '../conformance/index.js';
import { createInMemoryJobStore } from '../in-memory-job-store.js';
import type { Job } from '../job.js';
import type { JobContext, JobHandler, JobQueue } from '../queue.js';
import { JobConsumer, type JobConsumerOptions } from './job-consumer.js';
import { encode } from './messages.js';
import { createRabbitmqQueue, type RabbitmqQueueOptions } from './rabbitmq-queue.js';

type Store = ReturnType<typeof createInMemoryJobStore>;

/** A queue with its own connection. */
async function openQueue(namespace: string, store: Store, options: Partial<RabbitmqQueueOptions> = {}) {
  const broker = await openBroker(namespace);
  const queue = createRabbitmqQueue({ broker, store, reconcileMs: 100, ...options });
  onTestFinished(() => queue.close());
  return { queue, broker };
}

/** A consumer with its own connection. */
async function openConsumer(
  namespace: string,
  store: Store,
  handlers: Readonly<Record<string, JobHandler>>,
  { port, ...options }: Partial<JobConsumerOptions> & { readonly port?: number } = {},
): Promise<JobConsumer> {
  const address = { host: '127.0.0.1', port: port ?? rabbitmqPort() };
  const broker = await openBroker(namespace, { address });
  const consumer = new JobConsumer({
    broker,
    store,
    holder: 'a',
    leaseMs: 1000,
    pollMs: 100,
    graceMs: 200,
    ...options,
  });
  consumer.start(handlers);
  onTestFinished(() => consumer.close());
  return consumer;
}

const done = (queue: JobQueue, id: string): Promise<Job> =>
  queue.wait(id, { signal: AbortSignal.timeout(8000) });

describeOnRabbitmq('a queue over RabbitMQ', () => {
  for (const { behaviour, check } of jobQueueBehaviours)
    it(behaviour, async () => {
      const store = createInMemoryJobStore();
      const namespace = newNamespace();
      await check(async () => (await openQueue(namespace, store)).queue);
    });

  it('runs waiting jobs by priority: preprocess, train, evaluate', async () => {
    const store = createInMemoryJobStore();
    const namespace = newNamespace();
    const order: string[] = [];
    const note = async ({ job }: JobContext) => void order.push(job.kind);
    const { queue, broker } = await openQueue(namespace, store, {
      queueOf: (kind) => ({ priority: kind as 'train', scope: ['c', 'p'] }),
    });
    await eventually(() => broker.channel !== undefined);
    const kinds = ['evaluate', 'train', 'preprocess', 'evaluate', 'train', 'preprocess'];
    const jobs = await Promise.all(kinds.map((kind) => queue.submit(kind, {})));
    await queue.start({});
    for (const kind of new Set(kinds)) {
      const lane = await broker.jobQueue(`${kind}/c/p`);
      await eventually(async () => (await broker.channel!.checkQueue(lane)).messageCount >= 2);
    }
    await openConsumer(namespace, store, { preprocess: note, train: note, evaluate: note });
    for (const { id } of jobs) await done(queue, id);
    expect(order).toEqual(
      [...kinds].sort((a, b) => (a === b ? 0 : 'pte'.indexOf(a[0]!) - 'pte'.indexOf(b[0]!))),
    );
  });

  it('distributes jobs over all consumers, each run once', async () => {
    const store = createInMemoryJobStore();
    const namespace = newNamespace();
    const { queue } = await openQueue(namespace, store);
    await queue.start({});
    const by: Record<string, string[]> = {};
    for (const holder of ['a', 'b', 'c']) {
      const work = async ({ job }: JobContext) => {
        (by[holder] ??= []).push(job.id);
        await delay(5);
      };
      await openConsumer(namespace, store, { work }, { holder });
    }
    const jobs = await Promise.all(Array.from({ length: 60 }, () => queue.submit('work', {})));
    for (const { id } of jobs) expect((await done(queue, id)).state).toBe('completed');
    expect(Object.values(by).flat().sort()).toEqual(jobs.map(({ id }) => id).sort());
    expect(Object.keys(by)).toHaveLength(3);
    for (const job of await queue.list()) expect(by[job.holder!]).toContain(job.id);
  });

  it('leaves a job in its queue until a consumer can run it, and runs others meanwhile', async () => {
    const store = createInMemoryJobStore();
    const namespace = newNamespace();
    const { queue } = await openQueue(namespace, store, {
      queueOf: (_, { project }) => ({ priority: 'train', scope: [String(project)] }),
    });
    await queue.start({});
    let hasWorkers = false;
    const canTake: JobConsumerOptions['canTake'] = ({ payload }) =>
      payload['project'] !== 'far' || hasWorkers;
    await openConsumer(namespace, store, { work: async () => null }, { canTake });
    const far = await queue.submit('work', { project: 'far' });
    const near = await queue.submit('work', { project: 'near' });
    expect((await done(queue, near.id)).state).toBe('completed');
    await delay(300);
    expect((await queue.get(far.id))?.state).toBe('queued');
    hasWorkers = true;
    expect((await done(queue, far.id)).state).toBe('completed');
  });

  it('moves an undecodable message to the dead letters with the reason, and continues', async () => {
    const store = createInMemoryJobStore();
    const namespace = newNamespace();
    const { queue, broker } = await openQueue(namespace, store);
    await queue.start({});
    await eventually(() => broker.channel !== undefined);
    const lane = await broker.jobQueue('train');
    await broker.publish(lane, Buffer.from('{"version":1,"type":"job","job":7}'));
    await broker.publish(lane, Buffer.from('\u0000 not JSON'));
    await broker.publish(lane, Buffer.from('{"version":2,"type":"job","job":"x","kind":"work"}'));
    await broker.publish(broker.topology.results, Buffer.from('[]'));
    const { id } = await queue.submit('work', {});
    await openConsumer(namespace, store, { work: async () => null });
    expect((await done(queue, id)).state).toBe('completed');
    const letters = await eventually(async () => {
      const found = await deadLetters(broker);
      return found.length === 4 && found;
    });
    expect(letters.map(({ reason }) => reason).sort()).toEqual([
      expect.stringMatching(/^Invalid input: expected object/),
      expect.stringMatching(/^job: .*expected string.*kind: /),
      expect.stringMatching(/^not JSON: /),
      expect.stringMatching(/^version: .*expected 1/),
    ]);
    expect(letters.map(({ origin }) => origin)).toContain(lane);
  });

  it('fails a job after repeated crashes of its consumers, with the reason', async () => {
    const store = createInMemoryJobStore();
    const namespace = newNamespace();
    const { queue, broker } = await openQueue(namespace, store);
    await queue.start({});
    const { id } = await queue.submit('work', {});
    for (let death = 0; death < 3; death++) {
      await store.claim(id, { holder: 'dying', leaseMs: 1 });
      await delay(5);
    }
    let begun = 0;
    await openConsumer(namespace, store, { work: async () => void begun++ }, { maxCrashes: 3 });
    const job = await done(queue, id);
    expect(job).toMatchObject({ state: 'failed', error: { code: 'given_up' } });
    expect(begun).toBe(0);
    const [letter] = await deadLetters(broker);
    expect(letter?.reason).toMatch(/^failed after 3 crashes /);
    expect(JSON.parse(letter!.content)).toMatchObject({ job: id });
  });

  it('does not fail a job for crashes before its last progress', async () => {
    const store = createInMemoryJobStore();
    const namespace = newNamespace();
    const { queue } = await openQueue(namespace, store);
    await queue.start({});
    const { id } = await queue.submit('work', {});
    const die = async () => {
      await store.claim(id, { holder: 'dying', leaseMs: 1 });
      await delay(5);
    };
    for (let death = 0; death < 2; death++) await die();
    const oneRound: JobHandler = async ({ emit, signal }) => {
      await emit('round_completed', { round: 1, rounds: 1, updates: 1, seconds: 1 });
      await delay(60_000, undefined, { signal });
    };
    const first = await openConsumer(namespace, store, { work: oneRound }, { maxCrashes: 3 });
    await eventually(async () => (await store.events(id)).some(({ type }) => type === 'round_completed'));
    await first.close();
    for (let death = 0; death < 2; death++) await die();
    await openConsumer(namespace, store, { work: async () => null }, { maxCrashes: 3 });
    expect((await done(queue, id)).state).toBe('completed');
  });

  it('runs and logs everything about a job inside `around`', async () => {
    const store = createInMemoryJobStore();
    const namespace = newNamespace();
    const { queue } = await openQueue(namespace, store);
    await queue.start({});
    const current = new AsyncLocalStorage<string>();
    const said: unknown[] = [];
    const note = (_fields: object, message: string) => void said.push([message, current.getStore()]);
    const work = async () => {
      note({}, 'done');
      throw new Error('lost');
    };
    const logger = { debug: note, info: note, warn: note, error: note };
    await openConsumer(
      namespace,
      store,
      { work },
      { around: (job, all) => current.run(job.id, all), logger },
    );
    for (let nth = 0; nth < 2; nth++) {
      const { id } = await queue.submit('work', {});
      await done(queue, id);
      expect(said.splice(0)).toEqual([
        ['job started', id],
        ['done', id],
        ['job failed', id],
      ]);
    }
  });

  it('records a duplicate result once', async () => {
    const store = createInMemoryJobStore();
    const namespace = newNamespace();
    const ends: string[] = [];
    const { queue, broker } = await openQueue(namespace, store, {
      end: async (id, end, how) => {
        const job = await store.end(id, end, how);
        ends.push(job === undefined ? 'refused' : 'stored');
        return job;
      },
    });
    const { id } = await queue.submit('work', {});
    const claim = await store.claim(id, { holder: 'a', leaseMs: 10_000 });
    if (claim.outcome !== 'claimed') throw new Error(claim.outcome);
    await eventually(() => broker.channel !== undefined);
    const finishedAt = new Date().toISOString();
    const home = (fence: number, result: unknown) =>
      broker.publish(
        broker.topology.results,
        encode({
          type: 'result',
          job: id,
          holder: 'a',
          fence,
          finishedAt,
          end: { state: 'completed', result },
        }),
      );
    await home(claim.fence + 1, 'of nobody');
    await home(claim.fence, 'first');
    await home(claim.fence, 'second');
    await queue.start({});
    expect((await done(queue, id)).result).toBe('first');
    await eventually(() => ends.length === 3);
    expect(ends).toEqual(['refused', 'stored', 'refused']);
    expect((await store.events(id)).map(({ type }) => type)).toEqual(['queued', 'completed']);
  });

  it('publishes a job whose process died before publishing it', async () => {
    const store = createInMemoryJobStore();
    const namespace = newNamespace();
    const first = await openBroker(namespace);
    const { id } = await createRabbitmqQueue({
      broker: {
        ...first,
        jobQueue: () => Promise.reject(new Error('died')),
        announce() {},
        onNotification: () => () => {},
      } as never,
      store,
    }).submit('work', {});
    await openConsumer(namespace, store, { work: async () => null });
    await delay(300);
    expect((await store.get(id))?.state).toBe('queued');
    const { queue } = await openQueue(namespace, store);
    await queue.start({});
    expect((await done(queue, id)).state).toBe('completed');
  });
});

describeOnRabbitmq('a job consumer', () => {
  /** A handler whose first call never ends by itself; later ones return how they were called. */
  const stuckOnce = (respondsToSignal: boolean) => {
    const calls: JobContext[] = [];
    const work: JobHandler = async (context) => {
      calls.push(context);
      if (calls.length > 1) return calls.length;
      return respondsToSignal ? delay(60_000, undefined, { signal: context.signal }) : delay(2500, 'late');
    };
    return { work, calls };
  };

  it('releases its job on close, so that another consumer resumes it at once', async () => {
    const store = createInMemoryJobStore();
    const namespace = newNamespace();
    const { queue } = await openQueue(namespace, store);
    await queue.start({});
    const { work, calls } = stuckOnce(true);
    const first = await openConsumer(namespace, store, { work }, { leaseMs: 60_000 });
    const { id } = await queue.submit('work', {});
    await eventually(() => calls.length === 1);
    await openConsumer(namespace, store, { work }, { holder: 'b' });
    await first.close();
    expect(await done(queue, id)).toMatchObject({ state: 'completed', holder: 'b', attempts: 2, result: 2 });
  });

  it('finishes its job within drainMs on close', async () => {
    const store = createInMemoryJobStore();
    const namespace = newNamespace();
    const { queue } = await openQueue(namespace, store);
    await queue.start({});
    let begun = false;
    const work = async () => {
      begun = true;
      await delay(500);
      return 'finished';
    };
    const first = await openConsumer(namespace, store, { work });
    const { id } = await queue.submit('work', {});
    await eventually(() => begun);
    await first.close({ drainMs: 5000 });
    expect(await done(queue, id)).toMatchObject({ result: 'finished', attempts: 1 });
  });

  it('continues without the broker, and delivers the result once when it is back', async () => {
    const store = createInMemoryJobStore();
    const namespace = newNamespace();
    await using proxy = await FaultProxy.start(rabbitmqPort());
    const { queue } = await openQueue(namespace, store);
    await queue.start({});
    let calls = 0;
    const work = async () => {
      calls += 1;
      await delay(1500);
      return calls;
    };
    await openConsumer(namespace, store, { work }, { port: proxy.port });
    const { id } = await queue.submit('work', {});
    await eventually(() => calls === 1);
    await openConsumer(namespace, store, { work }, { holder: 'b' });
    proxy.plan = () => ({ refuse: true });
    proxy.cut();
    await delay(2000);
    expect((await queue.get(id))?.state).toBe('running');
    proxy.plan = () => ({});
    expect(await done(queue, id)).toMatchObject({ state: 'completed', holder: 'a', attempts: 1, result: 1 });
    expect(calls).toBe(1);
  });

  it('loses its job after losing broker and store; another consumer runs it, and the late result is dropped', async () => {
    const store = createInMemoryJobStore();
    const namespace = newNamespace();
    await using proxy = await FaultProxy.start(rabbitmqPort());
    const { queue } = await openQueue(namespace, store);
    await queue.start({});
    const { work, calls } = stuckOnce(false);
    let isCut = false;
    const far: Store = {
      ...store,
      renew: async (...args) => (isCut ? Promise.reject(new Error('cut off')) : store.renew(...args)),
    };
    await openConsumer(namespace, far, { work }, { port: proxy.port });
    const { id } = await queue.submit('work', {});
    await eventually(() => calls.length === 1);
    await openConsumer(namespace, store, { work }, { holder: 'b' });
    isCut = true;
    proxy.halfOpen();
    proxy.plan = () => ({ refuse: true });
    // The consumer does not detect its dead connection. The broker detects it by missed heartbeats; the cut is faster.
    proxy.cut();
    expect(await done(queue, id)).toMatchObject({ state: 'completed', holder: 'b', attempts: 2, result: 2 });
    // It was stopped before the other began.
    expect(calls[0]?.signal.aborted).toBe(true);
    proxy.plan = () => ({});
    isCut = false;
    await delay(2000);
    expect(await queue.get(id)).toMatchObject({ holder: 'b', result: 2 });
    expect((await store.events(id)).map(({ type }) => type)).toEqual([
      'queued',
      'started',
      'started',
      'completed',
    ]);
  });
});
