import { AsyncLocalStorage } from 'node:async_hooks';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { DeadlinePassed, TaskFailure, WorkerFailed, type TaskHandler } from '../src/index.js';
import { bytesOf, Harness, headers, hello, MemorySink, sha256, until, untilAborted } from './harness.js';

let harness: Harness;
afterEach(() => harness.end());

const echo: TaskHandler = async ({ payload, tensors }) => ({ payload, tensors: { back: tensors.model! } });

describe('a task', () => {
  it('transfers megabytes in both directions, whole or in parts, with progress', async () => {
    harness = await Harness.start();
    const model = bytesOf(9_000_001);
    harness.worker({
      train: async ({ tensors, progress, payload }) => {
        progress({ epoch: 1 });
        const bytes = tensors.model!;
        return { payload, tensors: { update: [bytes.subarray(0, 5), bytes.subarray(5)] } };
      },
    });
    const sink = new MemorySink();
    const seen: unknown[] = [];
    const ref = await harness.plane.publish(model);
    const reply = await harness.plane.request(
      'a',
      { kind: 'train', payload: { round: 1 }, tensors: { model: ref } },
      {
        receive: (incoming) => {
          expect(incoming).toEqual({
            participant: 'a',
            name: 'update',
            sizeBytes: model.length,
            digest: expect.objectContaining({ algorithm: 'crc32' }),
          });
          return sink;
        },
        onProgress: (data) => seen.push(data),
      },
    );
    expect(reply.payload).toEqual({ round: 1 });
    expect(sink.bytes.equals(model)).toBe(true);
    expect([sink.commits, sink.aborts]).toEqual([1, 0]);
    expect(seen).toEqual([{ epoch: 1 }]);
  });

  it('runs concurrently with other tasks on the same worker, each with its own tensors', async () => {
    harness = await Harness.start();
    harness.worker({ echo });
    const replies = Array.from({ length: 5 }, async (_, i) => {
      const ref = await harness.plane.publish(bytesOf(1_000_000 + i));
      const sink = new MemorySink();
      const request = { kind: 'echo', payload: i, tensors: { model: ref } };
      const { payload } = await harness.plane.request('a', request, { receive: () => sink });
      expect(sha256(sink.bytes)).toBe(ref.sha256);
      return payload;
    });
    expect(await Promise.all(replies)).toEqual([0, 1, 2, 3, 4]);
  });

  it('logs everything about a task in the context of its request', async () => {
    const current = new AsyncLocalStorage<number>();
    const said: (readonly [number | undefined, string])[] = [];
    const note = (_fields: object, message: string) => void said.push([current.getStore(), message]);
    harness = await Harness.start({ logger: { debug: note, info: note, warn: note, error: note } });
    const told = (start: string) => said.filter(([, message]) => message.startsWith(start));
    const { socket, messages } = await harness.socket();
    socket.send(JSON.stringify(hello));
    await until(() => told('worker connected').length === 1);
    const ref = await harness.plane.publish(bytesOf(50_000_000));
    const replies = [1, 2].map((round) =>
      current.run(round, () =>
        harness.plane.request(
          'a',
          { kind: 'train', payload: null, tensors: { model: ref } },
          { receive: () => new MemorySink(), onProgress: () => note({}, 'progress') },
        ),
      ),
    );
    await until(() => messages.filter(({ type }) => type === 'task').length === 2);
    const [first = '', second = ''] = messages.flatMap(({ type, task }) =>
      type === 'task' ? [String(task)] : [],
    );
    const begin = (head: string, more: object = {}) => {
      const raw = connect(harness.port, '127.0.0.1').on('error', () => undefined);
      const lines = Object.entries({ host: 'x', ...headers(), ...more }).map((line) => line.join(': '));
      raw.write(`${head} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      return raw;
    };
    for (const [at, task] of [first, second].entries()) {
      begin(`PUT /v1/tasks/${task}/tensors/update`, {
        'content-length': 9,
        'x-synergos-sha256': 'a'.repeat(64),
      }).end('123');
      await until(() => told('upload interrupted').length === at + 1);
    }
    const download = begin(`GET /v1/tensors/${ref.sha256}`).once('data', () => download.destroy());
    await until(() => told('a transfer ended early').length === 1);
    for (const task of [first, second]) socket.send(JSON.stringify({ type: 'progress', task, data: {} }));
    socket.send(JSON.stringify({ type: 'result', task: first, outcome: { ok: true, payload: null } }));
    await replies[0];
    socket.terminate();
    await until(() => told('worker disconnected').length === 1);
    const worker = harness.worker({ train: async () => ({ payload: null }) });
    await replies[1];
    await worker.client.close();
    await until(() => told('worker disconnected').length === 2);
    expect(said.map((one) => one.join(' ').replace(/:.*/, ''))).toEqual([
      ' worker connected',
      '1 upload interrupted',
      '2 upload interrupted',
      // It is not known which of its tasks a worker loads a model for: it was given that one last.
      '2 a transfer ended early',
      '1 progress',
      '2 progress',
      '2 worker disconnected',
      '2 worker connected',
      // No task is running.
      ' worker disconnected',
    ]);
  });

  it('waits for a worker that is not connected', async () => {
    harness = await Harness.start();
    const pending = harness.plane.request('a', { kind: 'echo', payload: 5 });
    harness.worker({ echo: async ({ payload }) => ({ payload }) });
    expect((await pending).payload).toBe(5);
  });

  it('fails with the code and the message of the TaskFailure that the handler threw', async () => {
    harness = await Harness.start();
    const { log } = harness.worker({
      bad: () => Promise.reject(new TaskFailure('invalid_dataset', 'no such column: sex')),
    });
    const pending = harness.plane.request('a', { kind: 'bad', payload: {} });
    await expect(pending).rejects.toThrow(WorkerFailed);
    await expect(pending).rejects.toMatchObject({ code: 'invalid_dataset', message: 'no such column: sex' });
    expect(log.lines).toContain('error task failed: no such column: sex');
    await expect(harness.plane.request('a', { kind: 'worse', payload: {} })).rejects.toMatchObject({
      code: 'unknown_kind',
      message: expect.stringMatching(/'worse' tasks, only bad/),
    });
  });

  it.each<[string, object, string, RegExp]>([
    [
      'an unknown code',
      { code: 'CSV_INVALID_OPENING_QUOTE' },
      'internal',
      /^the worker failed unexpectedly;/,
    ],
    ['no code', {}, 'internal', /^the worker failed unexpectedly;/],
    ['ENOSPC', { code: 'ENOSPC', syscall: 'write' }, 'participant_storage_full', /disk is full/],
    ['EACCES', { code: 'EACCES', syscall: 'open' }, 'participant_not_permitted', /may not read or write/],
    ['EMFILE', { code: 'EMFILE', syscall: 'open' }, 'participant_exhausted', /no file descriptors/],
    ['EIO', { code: 'EIO', syscall: 'read' }, 'participant_file_failed', /could not be read or written/],
  ])('reports an error with %s in fixed words, and logs it whole', async (_what, fields, code, words) => {
    harness = await Harness.start();
    const text = "open '/home/canary/anna.csv'";
    const { log } = harness.worker({ bad: () => Promise.reject(Object.assign(new Error(text), fields)) });
    const failure: unknown = await harness.plane.request('a', { kind: 'bad', payload: {} }).catch((e) => e);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(words) });
    expect(JSON.stringify(failure) + String(failure)).not.toContain('canary');
    expect(log.lines).toContain(`error task failed: ${text}`);
  });

  it.each([
    ['too long', () => 'x'.repeat(2 ** 21), 'message_too_large'],
    ['not JSON', () => 1n, 'not_json'],
  ])('a payload that is %s is refused on the side that made it', async (_, payload, code) => {
    harness = await Harness.start();
    harness.worker({
      make: async () => ({ payload: payload() }),
      nothing: async () => ({ payload: undefined }),
    });
    await expect(harness.plane.request('a', { kind: 'make', payload: payload() })).rejects.toMatchObject({
      code,
    });
    await expect(harness.plane.request('a', { kind: 'make', payload: {} })).rejects.toMatchObject({ code });
    await harness.plane.request('a', { kind: 'nothing', payload: undefined });
  });

  it('ends at its deadline, on abort, or at once if already aborted, and cancels the task at the worker', async () => {
    harness = await Harness.start();
    let aborted = 0;
    harness.worker({
      wait: async ({ signal }) => {
        signal.addEventListener('abort', () => aborted++);
        return untilAborted(signal);
      },
    });
    await harness.connected('a');
    const task = { kind: 'wait', payload: {} };
    await expect(harness.plane.request('a', task, { deadlineMs: 80 })).rejects.toThrow(DeadlinePassed);
    await until(() => aborted === 1);
    const stop = new AbortController();
    const pending = harness.plane.request('a', task, { signal: stop.signal });
    setTimeout(() => stop.abort(new Error('the user cancelled')), 50);
    await expect(pending).rejects.toThrow('the user cancelled');
    await until(() => aborted === 2);
    await expect(harness.plane.request('a', task, { signal: stop.signal })).rejects.toThrow(
      'the user cancelled',
    );
  });

  it('survives an error thrown by a callback of the caller', async () => {
    harness = await Harness.start();
    harness.worker({
      go: async ({ progress }) => {
        progress({});
        return { payload: 1 };
      },
    });
    const onProgress = () => {
      throw new Error('a bug of the caller');
    };
    expect((await harness.plane.request('a', { kind: 'go', payload: {} }, { onProgress })).payload).toBe(1);
    expect(harness.log.lines).toContain('error a progress could not be handled');
  });
});

describe('tasks across disconnections', () => {
  it('continues a task when the connection is lost, and delivers its result once', async () => {
    harness = await Harness.start();
    let runs = 0;
    let finish: () => void = () => undefined;
    const { states } = harness.worker(
      {
        train: async () => {
          runs++;
          await new Promise<void>((resolve) => (finish = resolve));
          return { payload: 'done', tensors: { update: Buffer.from('12345678') } };
        },
      },
      { url: await harness.relay() },
    );
    const sink = new MemorySink();
    const pending = harness.plane.request('a', { kind: 'train', payload: {} }, { receive: () => sink });
    await until(() => runs === 1);
    for (const socket of harness.relayed) socket.destroy();
    await until(() => states.some(({ state }) => state === 'disconnected'));
    finish();
    expect((await pending).payload).toBe('done');
    expect([runs, sink.commits]).toEqual([1, 1]);
  });

  it('sends a task to a new worker of the participant when the first worker dies', async () => {
    harness = await Harness.start();
    let begun = false;
    const first = harness.worker({
      train: async ({ signal }) => {
        begun = true;
        return untilAborted(signal);
      },
    });
    const pending = harness.plane.request('a', { kind: 'train', payload: 7 });
    await until(() => begun);
    await first.client.close();
    harness.worker({ train: async ({ payload }) => ({ payload }) });
    expect((await pending).payload).toBe(7);
  });

  it('acknowledges a result again when its acknowledgement was lost, and counts it once', async () => {
    harness = await Harness.start();
    const { socket, messages } = await harness.socket();
    socket.send(JSON.stringify(hello));
    const pending = harness.plane.request('a', { kind: 'x', payload: {} });
    await until(() => messages.some(({ type }) => type === 'task'));
    const { task } = messages.find(({ type }) => type === 'task')!;
    const result = { type: 'result', task, outcome: { ok: true, payload: 1 } };
    socket.send(JSON.stringify(result));
    socket.send(JSON.stringify({ ...result, outcome: { ok: true, payload: 2 } }));
    expect((await pending).payload).toBe(1);
    await until(() => messages.filter(({ type }) => type === 'taken').length === 2);
  });

  it('ignores a result from another participant', async () => {
    harness = await Harness.start();
    const own = await harness.socket('a');
    own.socket.send(JSON.stringify(hello));
    const other = await harness.socket('b');
    other.socket.send(JSON.stringify({ ...hello, participant: 'b' }));
    const pending = harness.plane.request('a', { kind: 'x', payload: {} });
    await until(() => own.messages.length === 2);
    const result = { type: 'result', task: own.messages[1]!.task, outcome: { ok: true, payload: 'forged' } };
    other.socket.send(JSON.stringify(result));
    await until(() => other.messages.some(({ type }) => type === 'taken'));
    own.socket.send(JSON.stringify({ ...result, outcome: { ok: true, payload: 'true' } }));
    expect((await pending).payload).toBe('true');
  });

  it('cancels an abandoned task when its worker reconnects', async () => {
    harness = await Harness.start();
    const { socket, messages } = await harness.socket();
    socket.send(JSON.stringify({ ...hello, tasks: ['of-before'] }));
    await until(() => messages.length === 2);
    expect(messages[1]).toMatchObject({ type: 'cancel', task: 'of-before' });
  });
});
