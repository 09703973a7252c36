import { Worker } from 'node:worker_threads';
import { WorkerClient } from '@synergos/rpc-core';
import type { Job, JobContext } from '@synergos/scaling';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startGridThread } from '../src/index.js';

const entry = new URL('grid.mjs', import.meta.url);
const nothing = () => undefined;

async function grid({ onFailure = nothing as (error: Error) => void } = {}) {
  const thread = await startGridThread({ worker: new Worker(entry, { workerData: {} }), onFailure });
  onTestFinished(() => thread.close().catch(nothing));
  return thread;
}

function contextOf(payload: Job['payload'], emit: JobContext['emit'] = async () => undefined) {
  const job = { id: 'job', kind: 'train', payload } as Job;
  const controller = new AbortController();
  return { controller, context: { job, signal: controller.signal, emit } };
}

describe("a grid's thread", () => {
  it('runs jobs and returns their events and results in order', async () => {
    const { handlers } = await grid();
    const events: unknown[] = [];
    const { context } = contextOf({ say: ['a', 'b'] }, async (type, data) => void events.push([type, data]));
    expect(await handlers.train(context)).toEqual({ said: 2 });
    expect(events).toEqual([
      ['a', { of: 'job' }],
      ['b', { of: 'job' }],
    ]);
  });

  it('fails a job with the code and message of its error', async () => {
    const { handlers } = await grid();
    await expect(handlers.train(contextOf({ fail: 'quorum_missed' }).context)).rejects.toMatchObject({
      code: 'quorum_missed',
      message: 'it failed',
    });
  });

  it('fails a job if an event could not be stored', async () => {
    const { handlers } = await grid();
    const full = Object.assign(new Error('no space left'), { code: 'storage_full' });
    const { context } = contextOf({ say: ['a'] }, () => Promise.reject(full));
    await expect(handlers.train(context)).rejects.toMatchObject({ code: 'storage_full' });
  });

  it('ends a job when its signal aborts', async () => {
    const { handlers } = await grid();
    const { context, controller } = contextOf({ hang: true, say: ['begun'] }, async () => controller.abort());
    await expect(handlers.train(context)).rejects.toThrow();
  });

  it('reports connections and transfers', async () => {
    const thread = await grid();
    expect(thread.state.participants).toEqual([]);
    const url = `http://127.0.0.1:${thread.port}`;
    const client = new WorkerClient({ url, participant: 'alice', handlers: {}, software: 'test' });
    client.start();
    onTestFinished(() => client.close());
    await vi.waitFor(() =>
      expect(thread.state.participants).toMatchObject([{ participant: 'alice', connected: true }]),
    );
    await client.close();
    await vi.waitFor(() => expect(thread.state.participants).toMatchObject([{ connected: false }]));
    expect(thread.state.traffic).toEqual({ receivedBytes: 0, sentBytes: 0 });
  });

  it('reports why it cannot start', async () => {
    const starting = startGridThread({
      worker: new Worker(entry, { workerData: { refuse: true } }),
      onFailure: nothing,
    });
    await expect(starting).rejects.toMatchObject({ code: 'port_in_use', message: 'the port is taken' });
  });

  it('reports its death and fails its jobs', async () => {
    const onFailure = vi.fn();
    const { handlers } = await grid({ onFailure });
    await expect(handlers.train(contextOf({ crash: true }).context)).rejects.toThrow();
    expect(onFailure).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ message: 'a bug' }));
  });
});
