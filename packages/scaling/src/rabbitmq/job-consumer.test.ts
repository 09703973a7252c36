import { expect, it, onTestFinished } from 'vitest';
import { describeOnRabbitmq, eventually, newNamespace, openBroker } from '../../test/rabbitmq.js';
import { createInMemoryJobStore } from '../in-memory-job-store.js';
import type { JobContext, JobHandler } from '../queue.js';
import { JobConsumer, type JobConsumerOptions } from './job-consumer.js';
import { createRabbitmqQueue } from './rabbitmq-queue.js';

/** A queue of projects, and consumers of it. */
async function cluster() {
  const [namespace, store] = [newNamespace(), createInMemoryJobStore()];
  const queue = createRabbitmqQueue({
    broker: await openBroker(namespace),
    store,
    reconcileMs: 100,
    queueOf: (_kind, { project }) => ({ priority: 'train', scope: [String(project)] }),
  });
  onTestFinished(() => queue.close());
  await queue.start({});
  return {
    queue,
    submit: (project: string, number: number) => queue.submit('work', { project, number }),
    async consume(holder: string, work: JobHandler, options: Partial<JobConsumerOptions> = {}) {
      const consumer = new JobConsumer({
        broker: await openBroker(namespace),
        store,
        holder,
        concurrency: 3,
        exclusive: ({ payload }) => String(payload.project),
        secondJobAfterMs: 200,
        leaseMs: 15_000,
        pollMs: 50,
        graceMs: 200,
        ...options,
      });
      consumer.start({ work });
      onTestFinished(() => consumer.close());
      return consumer;
    },
  };
}

const nameOf = ({ job: { payload } }: Pick<JobContext, 'job'>) => [payload.project, payload.number].join('');

/** Notes which jobs begin; the named jobs wait until they are released, or stop at their signal. */
function working(...stalled: readonly string[]) {
  const begun: string[] = [];
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const work: JobHandler = async (context) => {
    begun.push(nameOf(context));
    if (!stalled.includes(nameOf(context))) return;
    const aborted = new Promise<never>((_, reject) =>
      context.signal.addEventListener('abort', () => reject(context.signal.reason as Error)),
    );
    await Promise.race([ended, aborted]);
  };
  return { begun, end, work };
}

describeOnRabbitmq('a consumer of several jobs', () => {
  it('runs jobs of other projects while one of a project stalls, and those of one project in order', async () => {
    const { queue, submit, consume } = await cluster();
    const { begun, end, work } = working('a1');
    const consumer = await consume('ttp', work);
    const first = await submit('a', 1);
    await eventually(() => begun.length === 1);
    const second = await submit('a', 2);
    for (const number of [1, 2]) {
      const { id } = await submit('b', number);
      expect((await queue.wait(id, { signal: AbortSignal.timeout(30_000) })).state).toBe('completed');
    }
    expect(begun).toEqual(['a1', 'b1', 'b2']);
    expect(consumer.running.map(({ id }) => id)).toEqual([first.id]);
    end();
    for (const { id } of [first, second]) await queue.wait(id, { signal: AbortSignal.timeout(30_000) });
    expect(begun).toEqual(['a1', 'b1', 'b2', 'a2']);
  });

  it('leaves a job to a consumer that is idle', async () => {
    const { queue, submit, consume } = await cluster();
    const busy = working('a1');
    await consume('busy', busy.work, { secondJobAfterMs: 60_000 });
    await submit('a', 1);
    await eventually(() => busy.begun.length === 1);
    const idle = working();
    await consume('idle', idle.work);
    const { id } = await submit('b', 1);
    await queue.wait(id, { signal: AbortSignal.timeout(30_000) });
    expect([busy.begun, idle.begun]).toEqual([['a1'], ['b1']]);
    busy.end();
  });

  it('cancels one of them alone, and releases all of them when it closes', async () => {
    const { queue, submit, consume } = await cluster();
    const { begun, work } = working('a1', 'b1', 'c1');
    const consumer = await consume('ttp', work);
    const jobs = [];
    for (const project of ['a', 'b', 'c']) jobs.push(await submit(project, 1));
    await eventually(() => begun.length === 3);
    await queue.cancel(jobs[1]!.id);
    await eventually(() => consumer.running.length === 2);
    expect(consumer.running.map(({ payload }) => payload.project)).toEqual(['a', 'c']);
    await consumer.close();
    expect(consumer.running).toEqual([]);
    const next = working();
    await consume('next', next.work);
    for (const { id } of [jobs[0]!, jobs[2]!])
      expect((await queue.wait(id, { signal: AbortSignal.timeout(30_000) })).holder).toBe('next');
    expect(next.begun.toSorted()).toEqual(['a1', 'c1']);
  });
});
