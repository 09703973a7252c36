import { setTimeout as delay } from 'node:timers/promises';
import { DataPlane, WorkerClient } from '@synergos/rpc-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TaskThread } from '../src/thread/task-thread.js';

const entry = new URL('tasks-thread.mjs', import.meta.url);
const HEARTBEAT_MS = 250;

/** A real data plane with impatient heartbeats, and a worker whose tasks have a thread. */
async function startWorker() {
  const plane = new DataPlane({ authenticate: () => 'ok', heartbeatMs: HEARTBEAT_MS });
  const { port } = await plane.listen(0);
  const thread = new TaskThread({
    entry,
    settings: {},
    graceMs: 300,
    resourceLimits: { maxOldGenerationSizeMb: 32 },
  });
  const url = `http://127.0.0.1:${port}`;
  const client = new WorkerClient({ url, participant: 'a', software: 'test', handlers: thread.handlers });
  client.start();
  let disconnections = 0;
  plane.onPresence(({ connected }) => void (connected || disconnections++));
  await plane.whenConnected(['a'], { timeoutMs: 5000 });
  const close = async () => {
    await client.close();
    await thread.close();
    await plane.close();
  };
  return { plane, close, disconnections: () => disconnections };
}

let worker: Awaited<ReturnType<typeof startWorker>>;
beforeAll(async () => {
  worker = await startWorker();
});
afterAll(() => worker.close());

async function train(payload: object, options = {}) {
  const { plane } = worker;
  const global = await plane.publish(Uint8Array.of(10, 20, 30));
  const parts: Uint8Array[] = [];
  const sink = { write: (chunk: Uint8Array) => void parts.push(chunk), commit() {}, abort() {} };
  const request = { kind: 'train', payload, tensors: { global } };
  const reply = await plane.request('a', request, { receive: () => sink, deadlineMs: 20_000, ...options });
  return { payload: reply.payload, update: [...Buffer.concat(parts)] };
}

/** How many tasks the thread has done, this one included: a new thread counts from 1. */
const done = async () => ((await train({})).payload as { readonly done: number }).done;

describe("a worker's tasks", () => {
  it('pass their tensors and progress between the threads', async () => {
    const onProgress = vi.fn();
    expect(await train({}, { onProgress })).toEqual({ payload: { done: 1 }, update: [11, 21, 31] });
    expect(onProgress).toHaveBeenCalledWith({ begun: true });
    expect(await done()).toBe(2);
  });

  it('do not disconnect the worker if they compute longer than a heartbeat', async () => {
    const { plane, disconnections } = worker;
    const before = disconnections();
    const training = train({ spinMs: 6 * HEARTBEAT_MS });
    await delay(4 * HEARTBEAT_MS);
    expect(Date.now() - (plane.status('a')?.lastSeen ?? 0)).toBeLessThan(3 * HEARTBEAT_MS);
    await training;
    expect(disconnections()).toBe(before);
  });

  it('fail if the result is nested 50,000 levels deep, and keep their thread', async () => {
    const before = await done();
    await expect(train({ levels: 50_000 })).rejects.toThrow(/could not be posted/);
    expect(await done()).toBe(before + 1);
  });

  it('fail with the code and message of their error', async () => {
    await expect(train({ fail: 'no_samples' })).rejects.toMatchObject({
      code: 'no_samples',
      message: 'it failed',
    });
  });

  it.each([
    ['ends its thread', { exit: true }, /exit code 3/],
    ['takes all memory', { grow: true }, /memory|exit code/],
  ])(
    'fail if one %s; the next one gets a new thread',
    async (_what, payload, message) => {
      const before = worker.disconnections();
      await done();
      await expect(train(payload)).rejects.toMatchObject({
        code: 'thread_died',
        message: expect.stringMatching(message),
      });
      expect(await done()).toBe(1);
      expect(worker.disconnections()).toBe(before);
    },
    60_000,
  );

  it('end when they are cancelled; a task that does not respond loses its thread', async () => {
    const before = [await done(), worker.disconnections()] as const;
    const cancel = async (payload: object) => {
      const controller = new AbortController();
      const begun = new Promise<void>((resolve) => {
        train(payload, { signal: controller.signal, onProgress: () => resolve() }).catch(() => undefined);
      });
      await begun;
      controller.abort();
    };
    await cancel({ hang: true });
    expect(await done()).toBe(before[0] + 1);
    const startedMs = performance.now();
    await cancel({ spinMs: 15_000 });
    expect(await done()).toBe(1);
    expect(performance.now() - startedMs).toBeLessThan(8000);
    expect(worker.disconnections()).toBe(before[1]);
  });
});

it('rejects with the reason if the thread cannot start', async () => {
  const thread = new TaskThread({ entry, settings: { refuse: true } });
  await expect(thread.start()).rejects.toMatchObject({
    code: 'backend_unavailable',
    message: 'no backend here',
  });
  await thread.close();
});
