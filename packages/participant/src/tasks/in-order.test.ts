import type { TaskHandler, WorkerTask } from '@synergos/rpc-core';
import { expect, it } from 'vitest';
import { inOrder } from './in-order.js';

it('runs tasks one at a time, in order, and skips cancelled ones', async () => {
  const events: string[] = [];
  const slow: TaskHandler = async ({ id }) => {
    events.push(`${id} begins`);
    await new Promise(setImmediate);
    events.push(`${id} ends`);
    if (id === '1') throw new Error('no data');
    return { payload: id };
  };
  const handlers = inOrder({ train: slow, evaluate: slow });
  const task = (id: string, signal = new AbortController().signal) => ({ id, signal }) as WorkerTask;
  const results = await Promise.allSettled([
    handlers.train(task('1')),
    handlers.evaluate(task('2')),
    handlers.train(task('3', AbortSignal.abort())),
    handlers.train(task('4')),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled']);
  expect(events).toEqual(['1 begins', '1 ends', '2 begins', '2 ends', '4 begins', '4 ends']);
});
