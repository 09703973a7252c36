import { FaultProxy, type Plan } from '@synergos/fault-proxy';
import fc from 'fast-check';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { TensorsSink } from '../src/index.js';
import { bytesOf, Harness, headers, hello, MemorySink, sha256, until, untilAborted } from './harness.js';

let harness: Harness;
afterEach(() => harness.end());

async function proxied(plan: Plan = () => ({}), seed = 1, options = {}) {
  harness = await Harness.start(options);
  const proxy = await FaultProxy.start(harness.port, { plan, seed });
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  return proxy;
}

/** A worker behind the proxy that answers with these tensors. */
function uploader(proxy: FaultProxy, bytes: Uint8Array, options = {}) {
  const train = async () => ({ payload: sha256(bytes), tensors: { update: bytes } });
  return harness.worker({ train }, { url: proxy.url, ...options });
}

const train = (receive: () => TensorsSink, participant = 'a', deadlineMs = 60_000) =>
  harness.plane.request(participant, { kind: 'train', payload: {} }, { receive, deadlineMs });

describe('uploads over a failing connection', () => {
  it('resumes at the last acknowledged byte after any cut, and resends few bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1 }), fc.integer({ min: 1, max: 5 }), async (seed, breaks) => {
        const bytes = bytesOf(3_000_000);
        // The control connection passes; of the others the first ones are cut at some byte.
        const plan: Plan = (connection, random) =>
          connection > 0 && connection <= 2 * breaks
            ? { cutAfterBytes: 1 + Math.floor(random() * 1_500_000) }
            : {};
        const proxy = await proxied(plan, seed);
        const { client } = uploader(proxy, bytes);
        const sinks: MemorySink[] = [];
        await train(() => (sinks.push(new MemorySink()), sinks.at(-1)!));
        expect(sinks.at(-1)?.bytes.equals(bytes)).toBe(true);
        expect(sinks.map(({ commits }) => commits).reduce((sum, one) => sum + one)).toBe(1);
        // Heads of requests, and what lay in the buffers of a connection that was cut: more on a busy machine.
        expect(proxy.bytesUp).toBeLessThan(bytes.length + breaks * 300_000);
        await client.close();
        await harness.end();
      }),
      { numRuns: 15, seed: 20261124 },
    );
  });

  it('resends a complete upload with a damaged byte', async () => {
    const bytes = bytesOf(500_000);
    const proxy = await proxied((connection) => (connection === 1 ? { damageByteAt: 300_000 } : {}));
    uploader(proxy, bytes);
    const sinks: MemorySink[] = [];
    await train(() => (sinks.push(new MemorySink()), sinks.at(-1)!));
    expect(sinks.map(({ commits, aborts }) => [commits, aborts])).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect(sinks[1]?.bytes.equals(bytes)).toBe(true);
  });

  it('does not resend an upload when only its acknowledgement is lost', async () => {
    const bytes = bytesOf(2_000_000);
    const proxy = await proxied();
    uploader(proxy, bytes);
    const sinks: MemorySink[] = [];
    await train(() => {
      const sink = new MemorySink();
      sinks.push(sink);
      return {
        write: (chunk) => sink.write(chunk),
        // The connection breaks after the last byte and before the acknowledgement.
        commit: () => (sink.commit(), proxy.cut()),
        abort: () => sink.abort(),
      };
    });
    expect(sinks.map(({ commits, aborts }) => [commits, aborts])).toEqual([[1, 0]]);
    expect(proxy.bytesUp).toBeLessThan(bytes.length + 10_000);
  });

  it('interrupts and resumes a stalled upload, but not a slow one', async () => {
    const bytes = bytesOf(400_000);
    const stallMs = 400;
    // 1 Mbit/s: it takes eight times as long as anything may stand still.
    const proxy = await proxied(() => ({ bytesPerSecond: 125_000 }), 1, { stallMs });
    const slow = uploader(proxy, bytes);
    const sink = new MemorySink();
    const startedMs = performance.now();
    await train(() => sink);
    expect(performance.now() - startedMs).toBeGreaterThan(5 * stallMs);
    expect(slow.log.lines.filter((line) => line.includes('interrupted'))).toEqual([]);
    await slow.client.close();

    // The upload connection falls silent while heartbeats continue: only the stall limit detects it.
    proxy.plan = () => ({});
    const stalled = uploader(proxy, bytes, { stallMs, participant: 'b' });
    await harness.connected('b');
    const begun = proxy.connections;
    proxy.plan = (connection) => (connection === begun ? { stallAfterBytes: 100_000 } : {});
    const other = new MemorySink();
    await train(() => other, 'b');
    expect(proxy.connections).toBeGreaterThan(begun + 1);
    expect(other.bytes.equals(bytes)).toBe(true);
    expect([other.commits, other.aborts]).toEqual([1, 0]);
    expect(stalled.log.lines).toContain('warn transfer interrupted; retrying');
    expect(stalled.states.map(({ state }) => state)).toEqual(['connecting', 'connected']);
    await stalled.client.close();
  });

  it('interrupts an upload when heartbeats fail, and resumes it over a new connection', async () => {
    const bytes = bytesOf(400_000);
    const proxy = await proxied();
    // Its patience with the transfer itself is a minute.
    uploader(proxy, bytes);
    await harness.connected('a');
    let isFirst = true;
    const sink = new MemorySink();
    const startedMs = performance.now();
    await train(() => ({
      write(chunk) {
        sink.write(chunk);
        if (isFirst) proxy.halfOpen();
        isFirst = false;
      },
      commit: () => sink.commit(),
      abort: () => sink.abort(),
    }));
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    expect(sink.bytes.equals(bytes)).toBe(true);
    expect([sink.commits, sink.aborts]).toEqual([1, 0]);
  });

  it('keeps only the newest interrupted uploads of a participant, and none after their tasks end', async () => {
    await proxied();
    const { socket, messages } = await harness.socket();
    socket.send(JSON.stringify(hello));
    const sinks: MemorySink[] = [];
    const ends: AbortController[] = [];
    for (let task = 0; task < 6; task++) {
      const controller = new AbortController();
      ends.push(controller);
      harness.plane
        .request(
          'a',
          { kind: 'train', payload: {} },
          {
            signal: controller.signal,
            receive: () => (sinks.push(new MemorySink()), sinks.at(-1)!),
          },
        )
        .catch(() => undefined);
      await until(() => messages.length === task + 2);
      const path = `/v1/tasks/${String(messages.at(-1)?.task)}/tensors/u`;
      const body = new ReadableStream({
        start: (stream) => stream.enqueue(new Uint8Array(1000)),
        pull: () => new Promise(() => undefined),
      });
      const cut = new AbortController();
      const extra = { 'x-synergos-sha256': 'a'.repeat(64) };
      const init = {
        method: 'PUT',
        body,
        signal: cut.signal,
        duplex: 'half',
        headers: { ...headers(), ...extra },
      };
      // Without a length it is refused; undici takes ours where the stream has none of its own.
      Object.assign(init.headers, { 'content-length': '5000' });
      const sent = fetch(harness.url + path, init as RequestInit).catch(() => undefined);
      await until(() => (sinks[task]?.bytes.length ?? 0) > 0);
      cut.abort();
      await sent;
      await until(() => harness.log.lines.filter((line) => line.includes('interrupted')).length === task + 1);
    }
    expect(sinks.map(({ aborts }) => aborts)).toEqual([1, 1, 0, 0, 0, 0]);
    for (const controller of ends) controller.abort();
    await until(() => sinks.every(({ aborts }) => aborts === 1));
  });
});

it('resumes a download at the last received byte when the connection breaks', async () => {
  const bytes = bytesOf(5_000_000);
  // What comes down is not counted by `cutAfterBytes`: the line is cut again and again until all is there.
  const proxy = await proxied(() => ({ bytesPerSecond: 8_000_000 }));
  const ref = await harness.plane.publish(bytes);
  const cutting = setInterval(() => proxy.cut(), 150);
  onTestFinished(() => clearInterval(cutting));
  const size = async ({ tensors }: { tensors: Readonly<Record<string, Uint8Array>> }) => ({
    payload: sha256(tensors.m ?? new Uint8Array()),
  });
  harness.worker({ size }, { url: proxy.url });
  const { payload } = await harness.plane.request('a', { kind: 'size', payload: {}, tensors: { m: ref } });
  expect(payload).toBe(sha256(bytes));
  expect(proxy.connections).toBeGreaterThan(4);
  expect(proxy.bytesDown).toBeLessThan(2 * bytes.length);
});

it('does not interrupt a slow download', async () => {
  const stallMs = 400;
  // 1 Mbit/s, as above.
  const proxy = await proxied(() => ({ bytesPerSecond: 125_000 }), 1, { stallMs });
  const bytes = bytesOf(400_000);
  const ref = await harness.plane.publish(bytes);
  const size = async ({ tensors }: { tensors: Readonly<Record<string, Uint8Array>> }) => ({
    payload: tensors.m?.length,
  });
  const { log } = harness.worker({ size }, { url: proxy.url, stallMs });
  await harness.connected('a');
  const startedMs = performance.now();
  const { payload } = await harness.plane.request('a', { kind: 'size', payload: {}, tensors: { m: ref } });
  expect(payload).toBe(bytes.length);
  expect(performance.now() - startedMs).toBeGreaterThan(5 * stallMs);
  expect(log.lines.filter((line) => line.includes('interrupted'))).toEqual([]);
});

it('detects a half-open connection by heartbeat, and the worker reconnects', async () => {
  const proxy = await proxied();
  let begun = 0;
  const { log } = harness.worker(
    { wait: ({ signal }) => (begun++, untilAborted(signal)), quick: async () => ({ payload: 7 }) },
    { url: proxy.url },
  );
  await harness.connected('a');
  const waiting = harness.plane.request('a', { kind: 'wait', payload: {} }, { deadlineMs: 10_000 });
  waiting.catch(() => undefined);
  await until(() => begun === 1);
  const startedMs = performance.now();
  proxy.halfOpen();
  await until(() => proxy.connections === 2);
  // Two and a half heartbeats of 200 ms, the pause before it dials, and the turns in which both are noticed.
  expect(performance.now() - startedMs).toBeLessThan(2000);
  expect((await harness.plane.request('a', { kind: 'quick', payload: {} })).payload).toBe(7);
  // The running task did not start a second time.
  expect(begun).toBe(1);
  expect(log.lines.filter((line) => line.startsWith('error'))).toEqual([]);
});

it('accepts the results of fifty workers that report at the same time', async () => {
  harness = await Harness.start();
  const names = Array.from({ length: 50 }, (_, index) => `w${index}`);
  const bytes = bytesOf(200_000);
  let go: () => void = () => undefined;
  const instant = new Promise<void>((resolve) => (go = resolve));
  for (const participant of names)
    harness.worker(
      { train: async () => (await instant, { payload: participant, tensors: { update: bytes } }) },
      { participant },
    );
  await harness.connected(...names);
  // Nothing is taken until all have begun: the TTP holds all fifty at one time.
  let opened = 0;
  let allBegun: () => void = () => undefined;
  const all = new Promise<void>((resolve) => (allBegun = resolve));
  const sinks = new Map(names.map((name) => [name, new MemorySink()]));
  const receive = (sink: MemorySink) => {
    if (++opened === names.length) allBegun();
    return {
      write: async (chunk: Uint8Array) => (await all, sink.write(chunk)),
      commit: () => sink.commit(),
      abort: () => sink.abort(),
    };
  };
  const replies = names.map((name) => train(() => receive(sinks.get(name)!), name, 20_000));
  go();
  expect((await Promise.all(replies)).map(({ payload }) => payload)).toEqual(names);
  for (const sink of sinks.values()) expect([sink.commits, sink.bytes.equals(bytes)]).toEqual([1, true]);
  expect(harness.log.lines.filter((line) => line.includes('interrupted'))).toEqual([]);
});
