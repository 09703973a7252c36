import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@synergos/contract';
import { expect, it, onTestFinished } from 'vitest';
import { PrivateRabbitmq } from '@synergos/services';
import { describeOnRabbitmq, eventually, newNamespace, rabbitmqPort } from '../../test/rabbitmq.js';
import { createInMemoryJobStore } from '../in-memory-job-store.js';
import type { JobHandler } from '../queue.js';
import { Broker } from './broker.js';
import { JobConsumer } from './job-consumer.js';
import { createRabbitmqQueue } from './rabbitmq-queue.js';

/** Everything in one place, on a RabbitMQ that may be killed. */
async function open(rabbitmq: PrivateRabbitmq, handlers: Readonly<Record<string, JobHandler>>) {
  const lines: string[] = [];
  const note = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const logger: Logger = { debug: () => {}, info: note, warn: note, error: note };
  const store = createInMemoryJobStore();
  const address = { host: '127.0.0.1', port: rabbitmq.port, user: 'guest', password: 'guest' };
  const namespace = newNamespace();
  const [home, away] = await Promise.all(
    [1, 2].map(() => Broker.open({ address, namespace, longestPauseMs: 300, logger })),
  );
  const queue = createRabbitmqQueue({ broker: home!, store, reconcileMs: 200, logger });
  const taker = new JobConsumer({ broker: away!, store, holder: 'a', leaseMs: 2000, pollMs: 100, logger });
  taker.start(handlers);
  await queue.start({});
  onTestFinished(async () => {
    await taker.close();
    await queue.close();
    await Promise.all([home!.close(), away!.close()]);
  });
  return { queue, home: home!, lines };
}

async function startRabbitmq(settings: Readonly<Record<string, number>> = {}): Promise<PrivateRabbitmq> {
  const rabbitmq = await PrivateRabbitmq.start({ settings });
  onTestFinished(() => rabbitmq.stop());
  return rabbitmq;
}

const within = (milliseconds = 30_000) => ({ signal: AbortSignal.timeout(milliseconds) });

describeOnRabbitmq('RabbitMQ', () => {
  it('reconnects to a broker that is down at the start, restarted, or killed while a job runs', async () => {
    const rabbitmq = await startRabbitmq();
    await rabbitmq.pause();
    let calls = 0;
    const work: JobHandler = async ({ job }) => {
      calls += 1;
      await delay(Number(job.payload['ms']));
      return calls;
    };
    const { queue, home, lines } = await open(rabbitmq, { work });
    const early = await queue.submit('work', { ms: 0 });
    await delay(500);
    expect((await queue.get(early.id))?.state).toBe('queued');
    await rabbitmq.resume();
    expect(await queue.wait(early.id, within())).toMatchObject({ state: 'completed', result: 1 });

    for (const end of ['pause', 'kill'] as const) {
      const before = calls;
      const long = await queue.submit('work', { ms: 1500 });
      await eventually(() => calls === before + 1);
      await rabbitmq[end]();
      await eventually(() => home.channel === undefined);
      const meanwhile = await queue.submit('work', { ms: 0 });
      await rabbitmq.resume();
      expect(await queue.wait(long.id, within())).toMatchObject({ state: 'completed', attempts: 1 });
      expect(await queue.wait(meanwhile.id, within())).toMatchObject({ state: 'completed', attempts: 1 });
      expect(calls).toBe(before + 2);
    }
    expect(lines.filter((line) => line.includes('cannot reach RabbitMQ')).length).toBeLessThan(60);
  }, 120_000);

  it('runs a job once although the broker requeued its message after the consumer timeout', async () => {
    const rabbitmq = await startRabbitmq({ consumer_timeout: 1000, channel_tick_interval: 500 });
    let calls = 0;
    const { queue, lines } = await open(rabbitmq, {
      work: async () => {
        calls += 1;
        await delay(4000);
        return calls;
      },
    });
    const { id } = await queue.submit('work', {});
    expect(await queue.wait(id, within())).toMatchObject({ state: 'completed', attempts: 1, result: 1 });
    expect(lines.join('\n')).toMatch(/delivery acknowledgement on channel \d+ timed out/);
    const next = await queue.submit('work', {});
    expect(await queue.wait(next.id, within())).toMatchObject({ state: 'completed', attempts: 1 });
    expect(calls).toBe(2);
  });

  it('never logs the password', async () => {
    const lines: string[] = [];
    const note = (fields: object, message: string) => void lines.push(message + JSON.stringify(fields));
    const broker = await Broker.open({
      address: { host: '127.0.0.1', port: rabbitmqPort(), user: 'guest', password: 'hunter2' },
      namespace: newNamespace(),
      logger: { debug: note, info: note, warn: note, error: note },
    });
    onTestFinished(() => broker.close());
    await eventually(() => lines.some((line) => line.includes('ACCESS_REFUSED') || line.includes('403')));
    expect(lines.join('\n')).not.toContain('hunter2');
  });
});
