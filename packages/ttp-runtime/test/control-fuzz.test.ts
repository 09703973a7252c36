import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { startDataPlaneThread, type DataPlaneThread } from '../src/index.js';

const onFailure = vi.fn();
let plane: DataPlaneThread;
beforeAll(async () => {
  const worker = new Worker(new URL('data-plane.mjs', import.meta.url), { workerData: {} });
  plane = await startDataPlaneThread({ worker, onFailure });
});
afterAll(() => plane.close());

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const hello = { type: 'hello', protocol: { major: 1, minor: 1 }, participant: 'a', software: 'fuzz' };

/** A minimal worker that answers its next task with the message from `answer`. */
async function bareWorker(participant: string, answer: (task: string) => string) {
  const socket = new WebSocket(`ws://127.0.0.1:${plane.port}/v1/control`, {
    headers: { 'x-synergos-participant': participant },
  });
  socket.on('error', () => undefined);
  await once(socket, 'open');
  socket.on('message', (data: Buffer) => {
    const { type, task } = JSON.parse(data.toString()) as { type: string; task: string };
    if (type === 'task') socket.send(answer(task));
  });
  socket.send(JSON.stringify({ ...hello, participant }));
  await plane.whenConnected([participant], { timeoutMs: 5000 });
  return socket;
}

const payloads = fc.oneof(
  fc.json({ maxDepth: 10 }),
  fc.constantFrom('NaN', '-Infinity', '', '{', 'undefined', '1e999', '"\\ud800"', '{"__proto__":{"ok":1}}'),
  fc.integer({ min: 30, max: 60_000 }).map(nested),
  fc.integer({ min: 30, max: 60_000 }).map((depth) => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)),
  fc.integer({ min: 1000, max: 400_000 }).map((count) => `[${'1,'.repeat(count)}1]`),
);

describe("a data plane's thread", () => {
  it('survives a train reply with an unknown field nested 50,000 levels deep and rejects it by name', async () => {
    const socket = await bareWorker(
      'deep',
      (task) =>
        `{"type":"result","task":"${task}","outcome":{"ok":true,"payload":{"samples":3,"more":${nested(50_000)}}}}`,
    );
    await expect(plane.request('deep', { kind: 'train', payload: {} })).rejects.toMatchObject({
      code: 'bad_reply',
      message: 'its answer is malformed: nested more than 32 levels deep',
    });
    expect(onFailure).not.toHaveBeenCalled();
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.terminate();
  });

  it('reports a task that cannot be posted to it, and continues', async () => {
    let deep: unknown = 1;
    for (let level = 0; level < 50_000; level++) deep = [deep];
    await expect(plane.request('deep', { kind: 'train', payload: deep })).rejects.toMatchObject({
      code: 'not_posted',
    });
    expect(onFailure).not.toHaveBeenCalled();
  });

  it('survives arbitrary replies: each ends its own task', async () => {
    let answer = '';
    const socket = await bareWorker('fuzzed', (task) => answer.replace('TASK', task));
    let current = socket;
    await fc.assert(
      fc.asyncProperty(payloads, async (payload) => {
        answer = `{"type":"result","task":"TASK","outcome":{"ok":true,"payload":${payload}}}`;
        if (current.readyState !== WebSocket.OPEN)
          current = await bareWorker('fuzzed', (task) => answer.replace('TASK', task));
        const outcome = await plane.request('fuzzed', { kind: 'train', payload: {} }).then(
          () => 'answered',
          ({ code }: { code: string }) => code,
        );
        expect(['answered', 'bad_reply']).toContain(outcome);
      }),
      { numRuns: 60, seed: 17 },
    );
    expect(onFailure).not.toHaveBeenCalled();
    current.terminate();
  });

  it('survives arbitrary frames from many connections', async () => {
    const text = fc.oneof(
      payloads,
      payloads.map((data) => `{"type":"progress","task":"x","data":${data}}`),
      payloads.map((hardware) => JSON.stringify(hello).replace('}}', `},"hardware":${hardware}}`)),
      fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 5 }), async (frames) => {
        const socket = new WebSocket(`ws://127.0.0.1:${plane.port}/v1/control`, {
          headers: { 'x-synergos-participant': 'a' },
        });
        socket.on('error', () => undefined);
        await once(socket, 'open');
        for (const frame of frames) socket.send(frame);
        socket.terminate();
      }),
      { numRuns: 60, seed: 17 },
    );
    const socket = await bareWorker('sound', (task) => {
      return JSON.stringify({ type: 'result', task, outcome: { ok: true, payload: 'well' } });
    });
    expect(await plane.request('sound', { kind: 'train', payload: {} })).toEqual({ payload: 'well' });
    expect(onFailure).not.toHaveBeenCalled();
    socket.terminate();
  });
});
