import assert from 'node:assert/strict';
import { describe, it, expect } from 'vitest';
import { jobQueueBehaviours } from './conformance/index.js';
import { createDividedQueue, jobsOfKinds } from './divided-queue.js';
import { createInMemoryJobStore } from './in-memory-job-store.js';
import { createInProcessQueue } from './in-process/in-process-queue.js';
import type { JobStore } from './job.js';
import type { JobQueue } from './queue.js';

const divided = (store: JobStore, kinds: readonly string[]): JobQueue =>
  createDividedQueue({
    store,
    kinds,
    queue: createInProcessQueue({ store: jobsOfKinds(store, (kind) => kinds.includes(kind)), graceMs: 200 }),
    rest: createInProcessQueue({ store: jobsOfKinds(store, (kind) => !kinds.includes(kind)), graceMs: 200 }),
  });

describe.each([
  ['apart', ['optimize']],
  [
    'in the divided part',
    ['any', 'coded', 'double', 'fails', 'known', 'long', 'note', 'plain', 'rounds', 'unknown'],
  ],
] as const)('a divided queue, with the kinds of the tests %s', (_where, kinds) => {
  for (const { behaviour, check } of jobQueueBehaviours)
    it(behaviour, async () => {
      const store = createInMemoryJobStore();
      const queues: JobQueue[] = [];
      await check(async () => {
        const queue = divided(store, kinds);
        queues.push(queue);
        return queue;
      });
      for (const queue of queues) await queue.close();
    });
});

it('runs a job that waits for jobs it submitted, also after a restart', async () => {
  const store = createInMemoryJobStore();
  const ran: unknown[] = [];
  const open = async (isStuck: boolean) => {
    const queue = divided(store, ['optimize']);
    await queue.start({
      optimize: async ({ job, signal }) => {
        const [survivor] = (await queue.list()).filter(({ kind }) => kind === 'train');
        const train = survivor ?? (await queue.submit('train', { of: job.id }));
        return (await queue.wait(train.id, { signal })).result;
      },
      train: async ({ job, signal }) => {
        ran.push(job.attempts);
        if (isStuck)
          await new Promise((_, reject) =>
            signal.addEventListener('abort', () => reject(signal.reason as Error)),
          );
        return 'trained';
      },
    });
    return queue;
  };
  const first = await open(true);
  const { id } = await first.submit('optimize', {});
  while (ran.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await first.close();
  const second = await open(false);
  const { state, result } = await second.wait(id);
  await second.close();
  expect({ state, result, ran }).toEqual({ state: 'completed', result: 'trained', ran: [1, 2] });
  assert.deepEqual(
    (await second.list()).map(({ kind }) => kind),
    ['optimize', 'train'],
  );
});
