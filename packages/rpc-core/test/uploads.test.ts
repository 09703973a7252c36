import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { UploadRefused, type Digest, type IncomingTensors, type TensorsSink } from '../src/index.js';
import { chooseDigest } from '../src/protocol/digest.js';
import { bytesOf, Harness, headers, hello, MemorySink, sha256, until, untilAborted } from './harness.js';

let harness: Harness;
afterEach(() => harness.end());

/** A task given to a bare connection, so that the test itself uploads. */
async function givenTask(receive: () => TensorsSink, signal?: AbortSignal) {
  const { socket, messages } = await harness.socket();
  socket.send(JSON.stringify(hello));
  const reply = harness.plane.request(
    'a',
    { kind: 'train', payload: {} },
    { receive, ...(signal === undefined ? {} : { signal }) },
  );
  reply.catch(() => undefined);
  await until(() => messages.some(({ type }) => type === 'task'));
  const id = messages.find(({ type }) => type === 'task')!.task as string;
  const finish = () =>
    socket.send(JSON.stringify({ type: 'result', task: id, outcome: { ok: true, payload: 'done' } }));
  return { id, path: `/v1/tasks/${id}/tensors/update`, reply, finish };
}

async function put(path: string, bytes: Uint8Array, extra: Record<string, string> = {}, participant = 'a') {
  const answer = await fetch(harness.url + path, {
    method: 'PUT',
    body: Buffer.from(bytes),
    headers: { ...headers(participant), 'x-synergos-sha256': sha256(bytes), ...extra },
  });
  return { status: answer.status, ...((await answer.json()) as { code?: string; message?: string }) };
}

describe('uploads', () => {
  it('counts an upload once when it is resent after a lost acknowledgement', async () => {
    harness = await Harness.start();
    const sinks: MemorySink[] = [];
    const { path, reply, finish } = await givenTask(() => (sinks.push(new MemorySink()), sinks.at(-1)!));
    const bytes = bytesOf(2_000_000);
    expect((await put(path, bytes)).status).toBe(200);
    expect((await put(path, bytes)).status).toBe(200);
    finish();
    await reply;
    expect(sinks.map(({ commits, aborts }) => [commits, aborts])).toEqual([[1, 0]]);
  });

  it('counts an upload once when it is resent during the commit of the first', async () => {
    harness = await Harness.start();
    const sinks: MemorySink[] = [];
    let finish: () => void = () => undefined;
    const { path } = await givenTask(() => {
      const sink = new MemorySink();
      sinks.push(sink);
      return {
        write: (chunk) => sink.write(chunk),
        commit: async () => {
          sink.commit();
          await new Promise<void>((resolve) => (finish = resolve));
        },
        abort: () => sink.abort(),
      };
    });
    const bytes = bytesOf(100_000);
    const first = put(path, bytes);
    await until(() => sinks[0]?.commits === 1);
    const second = put(path, bytes);
    await delay(100);
    finish();
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
    expect(sinks.map(({ commits, aborts }) => [commits, aborts])).toEqual([[1, 0]]);
  });

  it('keeps an interrupted upload until a restarted upload replaces it', async () => {
    harness = await Harness.start();
    const sinks: MemorySink[] = [];
    const { path, reply, finish } = await givenTask(() => (sinks.push(new MemorySink()), sinks.at(-1)!));
    const bytes = bytesOf(1_000_000);
    const raw = connect(harness.port, '127.0.0.1').on('error', () => undefined);
    const lines = Object.entries({
      ...headers(),
      'x-synergos-sha256': sha256(bytes),
      'content-length': '1000000',
    });
    raw.write(
      `PUT ${path} HTTP/1.1\r\nhost: x\r\n${lines.map((line) => line.join(': ')).join('\r\n')}\r\n\r\n`,
    );
    raw.write(bytes.subarray(0, 500_000));
    await until(() => (sinks[0]?.bytes.length ?? 0) === 500_000);
    raw.destroy();
    await until(() => harness.log.lines.join().includes('upload interrupted'));
    expect(sinks[0]?.aborts).toBe(0);
    expect((await put(path, bytes)).status).toBe(200);
    expect(sinks[0]?.aborts).toBe(1);
    finish();
    await reply;
    expect(sinks[1]!.bytes.equals(bytes)).toBe(true);
    expect(sinks.map(({ commits }) => commits)).toEqual([0, 1]);
  });

  it('interrupts a stalled upload', async () => {
    harness = await Harness.start({ stallMs: 60 });
    const sink = new MemorySink();
    const { path } = await givenTask(() => sink);
    const raw = connect(harness.port, '127.0.0.1').on('error', () => undefined);
    const lines = Object.entries({
      ...headers(),
      'x-synergos-sha256': 'a'.repeat(64),
      'content-length': '9',
    });
    raw.write(
      `PUT ${path} HTTP/1.1\r\nhost: x\r\n${lines.map((line) => line.join(': ')).join('\r\n')}\r\n\r\n123`,
    );
    await until(() => harness.log.lines.join().includes('upload interrupted'));
    raw.destroy();
  });

  it.each([{ 'x-synergos-sha256': 'a'.repeat(64) }, { 'x-synergos-crc32': 'a'.repeat(8) }])(
    'aborts an upload with a wrong digest (%o), and accepts a retry',
    async (digest) => {
      harness = await Harness.start();
      const sinks: MemorySink[] = [];
      const { path } = await givenTask(() => (sinks.push(new MemorySink()), sinks.at(-1)!));
      const bytes = bytesOf(100);
      expect(await put(path, bytes, digest)).toMatchObject({ status: 400, code: 'digest_mismatch' });
      expect((await put(path, bytes)).status).toBe(200);
      expect(sinks.map(({ commits, aborts }) => [commits, aborts])).toEqual([
        [0, 1],
        [1, 0],
      ]);
    },
  );

  it('uses CRC-32 if the TTP announces it, and SHA-256 otherwise', async () => {
    harness = await Harness.start();
    const bytes = bytesOf(100_000);
    harness.worker({ train: async () => ({ payload: 1, tensors: { u: bytes } }) });
    const sink = new MemorySink();
    const announced: Digest[] = [];
    const receive = ({ digest }: IncomingTensors) => (announced.push(digest), sink);
    await harness.plane.request('a', { kind: 'train', payload: {} }, { receive });
    expect(announced).toEqual([{ algorithm: 'crc32', value: crc32(bytes).toString(16).padStart(8, '0') }]);
    expect([sink.commits, sink.bytes.equals(bytes)]).toEqual([1, true]);
    expect(chooseDigest([])).toBe('sha256');
  });

  it.each(['write', 'commit'] as const)(
    'reports a refusal by %s of the sink as 422 and as UploadRefused with its code',
    async (at) => {
      harness = await Harness.start();
      const sink = new MemorySink();
      const refusing: TensorsSink = {
        write: (chunk) => sink.write(chunk),
        commit: () => sink.commit(),
        abort: () => sink.abort(),
        [at]: () => {
          throw Object.assign(new Error('the update holds NaN'), { code: 'not_finite' });
        },
      };
      const { path, reply } = await givenTask(() => refusing);
      expect(await put(path, bytesOf(100))).toEqual({
        status: 422,
        code: 'not_finite',
        message: 'the update holds NaN',
      });
      await expect(reply).rejects.toThrow(UploadRefused);
      await expect(reply).rejects.toMatchObject({ code: 'not_finite', message: 'the update holds NaN' });
      expect(sink.aborts).toBe(1);
      expect(await put(path, bytesOf(100))).toMatchObject({ status: 410, code: 'unknown_task' });
    },
  );

  it('logs the reason of an early refusal at the worker', async () => {
    harness = await Harness.start();
    const { log } = harness.worker({
      train: async () => ({ payload: {}, tensors: { update: bytesOf(40_000_000) } }),
    });
    const receive = () => {
      throw Object.assign(new Error('the model has another shape'), { code: 'wrong_shape' });
    };
    const reply = harness.plane.request('a', { kind: 'train', payload: {} }, { receive });
    await expect(reply).rejects.toMatchObject({ name: 'UploadRefused', code: 'wrong_shape' });
    await until(() => log.lines.includes('error task failed: the model has another shape'));
    expect(log.lines.join()).not.toMatch(/EPIPE|ECONNRESET|interrupted/);
  });

  it('fails the task of an upload above the size limit with a code, not with a broken pipe', async () => {
    harness = await Harness.start({ mostUploadBytes: 1000 });
    const { log } = harness.worker({
      train: async () => ({ payload: {}, tensors: { update: bytesOf(40_000_000) } }),
      small: async () => ({ payload: 'taken', tensors: { update: bytesOf(1000) } }),
    });
    const reply = harness.plane.request(
      'a',
      { kind: 'train', payload: {} },
      { receive: () => new MemorySink() },
    );
    await expect(reply).rejects.toMatchObject({ code: 'too_large' });
    expect(log.lines.join()).toMatch(/40000000 bytes; the limit is 1000/);
    const small = harness.plane.request(
      'a',
      { kind: 'small', payload: {} },
      { receive: () => new MemorySink() },
    );
    expect((await small).payload).toBe('taken');
    expect(log.lines.join()).not.toMatch(/interrupted/);
    const { path } = await givenTask(() => new MemorySink());
    expect(await put(path, bytesOf(1001))).toMatchObject({ status: 413, code: 'too_large' });
  });

  it('refuses an upload for a task that expects none, is over, unknown, or of another participant', async () => {
    harness = await Harness.start();
    const { path, reply, finish } = await givenTask(() => new MemorySink());
    const bytes = bytesOf(10);
    expect(await put(path, bytes, {}, 'b')).toMatchObject({ status: 410, code: 'unknown_task' });
    expect(await put(path, bytes, {}, 'stranger')).toMatchObject({
      status: 401,
      code: 'wrong_token',
    });
    expect(await put(path, bytes, { authorization: 'Bearer guess' })).toMatchObject({ status: 401 });
    expect(await put('/v1/tasks/none/tensors/update', bytes)).toMatchObject({ status: 410 });
    expect(await put('/v1/elsewhere', bytes)).toMatchObject({ status: 404, code: 'no_such_path' });
    expect(await put(path, bytes, { 'x-synergos-sha256': 'short' })).toMatchObject({
      code: 'digest_required',
    });
    finish();
    await reply;
    expect(await put(path, bytes)).toMatchObject({ status: 410, code: 'unknown_task' });
    harness.worker(
      { train: async () => ({ payload: {}, tensors: { update: bytes } }) },
      { participant: 'c' },
    );
    await expect(harness.plane.request('c', { kind: 'train', payload: {} })).rejects.toMatchObject({
      code: 'not_expected',
    });
  });

  it('aborts a running upload when its task is cancelled or the TTP closes, and never commits it', async () => {
    harness = await Harness.start();
    const upload = async (signal?: AbortSignal) => {
      const sink = new MemorySink();
      const { path, reply } = await givenTask(() => sink, signal);
      const raw = connect(harness.port, '127.0.0.1').on('error', () => undefined);
      const lines = Object.entries({
        ...headers(),
        'x-synergos-sha256': 'a'.repeat(64),
        'content-length': '9',
      });
      raw.write(
        `PUT ${path} HTTP/1.1\r\nhost: x\r\n${lines.map((line) => line.join(': ')).join('\r\n')}\r\n\r\n123`,
      );
      await until(() => sink.chunks.length > 0);
      return { sink, reply };
    };
    const stop = new AbortController();
    const cancelled = await upload(stop.signal);
    stop.abort(new Error('enough'));
    await expect(cancelled.reply).rejects.toThrow('enough');
    await until(() => cancelled.sink.aborts === 1);
    const closed = await upload();
    await harness.plane.close();
    await expect(closed.reply).rejects.toMatchObject({ code: 'closed' });
    expect([closed.sink.aborts, closed.sink.commits]).toEqual([1, 0]);
  });

  it('resumes an upload when the connection breaks', async () => {
    harness = await Harness.start();
    const bytes = bytesOf(3_000_000);
    const { log } = harness.worker(
      {
        train: async ({ signal }) =>
          signal.aborted ? untilAborted(signal) : { payload: 1, tensors: { u: bytes } },
      },
      { url: await harness.relay() },
    );
    const sinks: MemorySink[] = [];
    const receive = () => {
      const sink = new MemorySink();
      sinks.push(sink);
      let isFirst = true;
      return {
        write(chunk: Uint8Array) {
          sink.write(chunk);
          // Once: chunks that lie in buffers still come while the worker tries again.
          if (isFirst) for (const socket of harness.relayed) socket.destroy();
          isFirst = false;
        },
        commit: () => sink.commit(),
        abort: () => sink.abort(),
      };
    };
    expect((await harness.plane.request('a', { kind: 'train', payload: {} }, { receive })).payload).toBe(1);
    expect(sinks.map(({ commits, aborts }) => [commits, aborts])).toEqual([[1, 0]]);
    expect(sinks[0]!.bytes.equals(bytes)).toBe(true);
    expect(log.lines).toContain('warn transfer interrupted; retrying');
  });
});
