import { AsyncLocalStorage } from 'node:async_hooks';
import { FaultProxy } from '@synergos/fault-proxy';
import { expect, it, onTestFinished } from 'vitest';
import {
  describeOnRabbitmq,
  eventually,
  newNamespace,
  openBroker,
  rabbitmqPort,
} from '../../test/rabbitmq.js';
import { createInMemoryJobStore } from '../in-memory-job-store.js';
import { encode } from './messages.js';
import { createRabbitmqQueue, type RabbitmqQueueOptions } from './rabbitmq-queue.js';

describeOnRabbitmq('logs of the RabbitMQ queue', () => {
  it('logs submissions, ends, failed publications and late results in the context of their job', async () => {
    const store = createInMemoryJobStore();
    const namespace = newNamespace();
    const current = new AsyncLocalStorage<string>();
    const told: unknown[] = [];
    const said: unknown[] = [];
    const noteIn = (list: unknown[]) => (_fields: object, message: string) =>
      void list.push([message, current.getStore()]);
    const note = noteIn(said);
    const logger = { debug() {}, info: noteIn(told), warn: note, error: note };
    const around: RabbitmqQueueOptions['around'] = (job, work) => current.run(`about ${job.id}`, work);
    await using proxy = await FaultProxy.start(rabbitmqPort());
    const broker = await openBroker(namespace, { address: { host: '127.0.0.1', port: proxy.port } });
    let isAway = false;
    const get: typeof store.get = (id) => (isAway ? Promise.reject(new Error('away')) : store.get(id));
    const queue = createRabbitmqQueue({ broker, store: { ...store, get }, reconcileMs: 100, logger, around });
    onTestFinished(() => queue.close());
    proxy.plan = () => ({ refuse: true });
    proxy.cut();
    await eventually(() => broker.channel === undefined);
    const { id } = await queue.submit('work', {});
    await eventually(() => said.length === 1);
    isAway = true;
    const follower = await queue.submit('work', {}, { after: id });
    await eventually(() => said.length === 2);
    isAway = false;
    proxy.plan = () => ({});
    await eventually(() => broker.channel !== undefined);
    await queue.start({});
    await queue.cancel(id);
    const finishedAt = new Date().toISOString();
    const late = {
      job: id,
      holder: 'a',
      fence: 1,
      finishedAt,
      end: { state: 'completed', result: 1 },
    } as const;
    await broker.publish(broker.topology.results, encode({ type: 'result', ...late }));
    await eventually(() => said.length === 3);
    expect(said).toEqual([
      ['could not publish a job; it is published when RabbitMQ is back', `about ${id}`],
      ['could not check the job that another one waits for; checking later', `about ${follower.id}`],
      ['dropped a result that is late or a duplicate', `about ${id}`],
    ]);
    expect(told).toContainEqual(['job submitted', `about ${id}`]);
    expect(told).toContainEqual(['job submitted', `about ${follower.id}`]);
    expect(told).toContainEqual(['job ended', `about ${id}`]);
  });
});
