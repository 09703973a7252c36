import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { FaultProxy, type Plan } from '@synergos/fault-proxy';
import { encodeSafetensors, TaskFailure, WorkerClient, type TaskHandler } from '@synergos/rpc-core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { StagedUpdate } from '@synergos/orchestration';
import { createUploadSlots, startDataPlaneThread } from '../src/index.js';

const entry = new URL('data-plane.mjs', import.meta.url);
const nothing = () => undefined;
const manifestOf = (size: number) => ({
  tensors: [{ name: 'w', shape: [size], offset: 0, size, trainable: true }],
  size,
});
/** Small enough that the data plane's thread writes it itself. */
const manifest = manifestOf(300_000);
/** Large enough that another thread writes it. */
const large = manifestOf(5_000_000);

async function thread({ settings = {}, onFailure = nothing as (error: Error) => void } = {}) {
  const plane = await startDataPlaneThread({
    worker: new Worker(entry, { workerData: settings }),
    onFailure,
  });
  onTestFinished(() => plane.close().catch(nothing));
  return plane;
}

function worker(port: number, train: TaskHandler, participant = 'alice') {
  const url = `http://127.0.0.1:${port}`;
  const client = new WorkerClient({ url, participant, handlers: { train }, software: 'test' });
  client.start();
  onTestFinished(() => client.close());
  return client;
}

const sendingOf =
  ({ tensors, size }: typeof manifest, ...values: readonly number[]): TaskHandler =>
  async () => {
    const update = new Float32Array(size).fill(values[0] ?? 0);
    values.forEach((value, index) => (update[index] = value));
    return { payload: 'done', tensors: { update: encodeSafetensors(tensors, update) } };
  };
const sending = (...values: readonly number[]) => sendingOf(manifest, ...values);

function stagingOf(memoryBytes: number) {
  const directory = mkdtempSync(join(tmpdir(), 'synergos-thread-'));
  const staging = createUploadSlots({ directory, memoryBytes }).staging();
  onTestFinished(async () => {
    await staging.close();
    rmSync(directory, { recursive: true });
  });
  return { staging, directory };
}

describe("a data plane's thread", () => {
  it.each([
    ['an update', 'memory', manifest, Infinity],
    ['an update', 'a file', manifest, 0],
    ['a large update', 'memory', large, Infinity],
    ['a large update', 'a file', large, 0],
  ])('writes %s to %s, where the main thread reads it', async (_what, _where, of, memoryBytes) => {
    const plane = await thread();
    worker(plane.port, sendingOf(of, 1, -2, 3.5));
    const { staging } = stagingOf(memoryBytes);
    for (let round = 1; round <= 3; round++) {
      let update: StagedUpdate | undefined;
      const receive = () => staging.receive(of, (complete) => (update = complete));
      const task = { kind: 'train', payload: {} };
      expect(await plane.request('alice', task, { receive })).toEqual({ payload: 'done' });
      const values = new Float32Array(of.size);
      await update?.read(0, values);
      expect([...values.subarray(0, 4), values.at(-1)]).toEqual([1, -2, 3.5, 1, 1]);
      expect(values.reduce((sum, value) => sum + value)).toBe(of.size - 0.5);
      staging.reset();
    }
  });

  it.each([
    ['an update', manifest],
    ['a large update', large],
  ])('rejects %s by name, and releases its upload slot', async (_what, of) => {
    const plane = await thread();
    worker(plane.port, sendingOf(of, 1, Number.NaN));
    const { staging, directory } = stagingOf(0);
    for (let attempt = 0; attempt < 3; attempt++) {
      const receive = () => staging.receive(of, nothing);
      await expect(plane.request('alice', { kind: 'train', payload: {} }, { receive })).rejects.toMatchObject(
        { code: 'not_finite', message: expect.stringContaining('at position 1') },
      );
      await delay(50);
    }
    expect(readdirSync(directory)).toHaveLength(1);
  });

  it.each(['memory', 'a file'])(
    'receives a complete upload in %s after a broken connection and a damaged byte',
    async (where) => {
      const plane = await thread();
      // The control connection, the interrupted upload, and the damaged upload that resumes it.
      const plan: Plan = (connection) =>
        ({ 1: { cutAfterBytes: 9_000_000 }, 2: { damageByteAt: 4_000_000 } })[connection] ?? {};
      const proxy = await FaultProxy.start(plane.port, { plan });
      onTestFinished(() => proxy[Symbol.asyncDispose]());
      worker(proxy.port, sendingOf(large, 1, -2));
      const { staging } = stagingOf(where === 'memory' ? Infinity : 0);
      const updates: StagedUpdate[] = [];
      let begun = 0;
      const receive = () => {
        begun++;
        return staging.receive(large, (complete) => updates.push(complete));
      };
      await plane.request('alice', { kind: 'train', payload: {} }, { receive });
      const values = new Float32Array(large.size);
      await updates[0]?.read(0, values);
      expect(values.reduce((sum, value) => sum + value)).toBe(large.size - 3);
      expect([begun, updates.length]).toEqual([2, 1]);
    },
  );

  it('ends a task by its signal, its deadline and its failure', async () => {
    const plane = await thread();
    const task = { kind: 'train', payload: {} };
    const { signal } = new AbortController();
    const [asked, reason] = [new AbortController(), new Error('no more wanted')];
    const pending = plane.request('away', task, { signal: asked.signal });
    asked.abort(reason);
    await expect(pending).rejects.toBe(reason);
    await expect(plane.request('away', task, { signal: asked.signal })).rejects.toBe(reason);
    await expect(plane.request('away', task, { deadlineMs: 20, signal })).rejects.toMatchObject({
      code: 'deadline',
    });
    worker(plane.port, () => Promise.reject(new TaskFailure('no_samples', 'no data')));
    await expect(plane.request('alice', task)).rejects.toMatchObject({
      code: 'no_samples',
      message: 'no data',
    });
  });

  it('reports connections and disconnections', async () => {
    const plane = await thread();
    const seen: unknown[] = [];
    plane.onPresence((event) => seen.push(event));
    const client = worker(plane.port, sending(0));
    await plane.whenConnected(['alice'], { timeoutMs: 5000 });
    expect(plane.status('alice')).toMatchObject({ connected: true, software: 'test' });
    plane.disconnect('alice');
    await vi.waitFor(() =>
      expect(seen).toContainEqual({ participant: 'alice', connected: false, leaves: false }),
    );
    await client.close();
    await expect(plane.whenConnected(['bob'], { timeoutMs: 10 })).rejects.toMatchObject({
      code: 'not_connected',
    });
  });

  it('answers while the main thread computes', async () => {
    const plane = await thread();
    const pinger = new Worker(new URL('pinger.mjs', import.meta.url), { workerData: { port: plane.port } });
    onTestFinished(async () => void (await pinger.terminate()));
    await delay(300);
    // As long as an uninterrupted aggregation.
    for (const end = performance.now() + 2000; performance.now() < end;);
    pinger.postMessage('longest?');
    const [longestMs] = (await once(pinger, 'message')) as [number];
    expect(longestMs).toBeGreaterThan(0);
    expect(longestMs).toBeLessThan(1000);
  });

  it('reports why it cannot start', async () => {
    const starting = startDataPlaneThread({
      worker: new Worker(entry, { workerData: { refuse: true } }),
      onFailure: nothing,
    });
    await expect(starting).rejects.toMatchObject({ code: 'port_in_use', message: 'the port is taken' });
  });

  it('reports its death and fails its tasks', async () => {
    const onFailure = vi.fn();
    const plane = await thread({ settings: { crashAfterMs: 100 }, onFailure });
    await expect(plane.request('alice', { kind: 'train', payload: {} })).rejects.toThrow();
    expect(onFailure).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ message: 'a bug' }));
  });
});
