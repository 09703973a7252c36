import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { Harness, hello, until } from './harness.js';

let harness: Harness;
afterEach(() => harness.end());

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const resultOf = (task: string, payload: string, more = '') =>
  `{"type":"result","task":"${task}","outcome":{"ok":true,"payload":${payload}${more}}}`;

/** A bare worker that has joined and was given one task; its answer is the test's. */
async function asked() {
  harness = await Harness.start();
  const { socket, messages } = await harness.socket();
  socket.send(JSON.stringify(hello));
  await harness.connected('a');
  const reply = harness.plane.request('a', { kind: 'train', payload: {} });
  reply.catch(() => undefined);
  const taskOf = (index: number) => messages.filter(({ type }) => type === 'task').at(index)?.task as string;
  await until(() => taskOf(0) !== undefined);
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  return { socket, messages, reply, task: taskOf(0), taskOf, closed };
}

describe('malformed results', () => {
  it.each([
    [
      'an unknown field nested 50,000 levels deep',
      `{"samples":3,"more":${nested(50_000)}}`,
      /32 levels deep/,
    ],
    ['NaN', '{"loss":NaN}', /not valid JSON/],
    ['Infinity', '{"values":{"a":-Infinity}}', /in JSON at position/],
    ['300,000 values', JSON.stringify(Array.from({ length: 300_000 }, () => 1)), /250000 values/],
    ['2 MB', JSON.stringify('x'.repeat(2_000_000)), /at most 1048576 are read/],
  ])('fails the task of a result with %s, and keeps the connection', async (_what, payload, why) => {
    const { socket, messages, reply, task, taskOf } = await asked();
    socket.send(resultOf(task, payload));
    await expect(reply).rejects.toMatchObject({
      code: 'bad_reply',
      message: expect.stringMatching(why),
    });
    await expect(reply).rejects.toSatisfy((error: Error) => error.message.length < 300);
    await until(() => messages.some(({ type, task: of }) => type === 'taken' && of === task));
    const next = harness.plane.request('a', { kind: 'train', payload: {} });
    await until(() => taskOf(1) !== undefined);
    socket.send(resultOf(taskOf(1), '"well"'));
    expect(await next).toEqual({ payload: 'well' });
  });

  it('ignores a malformed result for the task of another participant', async () => {
    const { task, reply } = await asked();
    const other = await harness.socket('b');
    other.socket.send(JSON.stringify({ ...hello, participant: 'b' }));
    await harness.connected('b');
    other.socket.send(resultOf(task, 'NaN'));
    await until(() => other.messages.some(({ type }) => type === 'taken'));
    expect(await Promise.race([reply, Promise.resolve('pending')])).toBe('pending');
  });

  it('closes the connection at the twenty-first malformed result, or at one without a task', async () => {
    const many = await asked();
    for (let sent = 0; sent <= 20; sent++) many.socket.send(resultOf('some', 'NaN'));
    expect(await many.closed).toBe(4400);
    expect(harness.log.lines.filter((line) => line.includes('malformed'))).toHaveLength(21);
    await harness.end();
    const nameless = await asked();
    nameless.socket.send('{"type":"result","outcome":{"ok":true,"payload":NaN}}');
    expect(await nameless.closed).toBe(4400);
  });
});

describe('progress, hello and failure messages', () => {
  it.each([
    ['5 levels deep is accepted', { a: [[[[{}]]]] }, false],
    ['9 levels deep is refused', { a: [[[[[[[[]]]]]]]] }, true],
    ['of 1,001 values is refused', { a: '0'.repeat(1000).split('') }, true],
  ])('progress %s', async (_what, data, isRefused) => {
    const { socket, task, reply } = await asked();
    socket.send(JSON.stringify({ type: 'progress', task, data }));
    socket.send(resultOf(task, '1'));
    expect(await reply).toEqual({ payload: 1 });
    const refused = harness.log.lines.includes('warn malformed progress; it is refused');
    expect(refused).toBe(isRefused);
  });

  it.each([
    ['65 entries', Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`gpu${index}`, 1]))],
    ['a text of 1,001 characters', { cpu: 'x'.repeat(1001) }],
    ['a name of 101 characters', { ['x'.repeat(101)]: 1 }],
  ])('a hello with hardware of %s is refused', async (_what, hardware) => {
    harness = await Harness.start();
    const { socket } = await harness.socket();
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    socket.send(JSON.stringify({ ...hello, hardware }));
    expect(await closed).toBe(4400);
  });

  it('shortens the message of a failure to 1,000 characters', async () => {
    const { socket, task, reply } = await asked();
    const outcome = { ok: false, code: 'x', message: 'y'.repeat(9_000) };
    socket.send(JSON.stringify({ type: 'result', task, outcome }));
    await expect(reply).rejects.toSatisfy((error: Error) => error.message.length < 1_050);
  });
});

describe('worker', () => {
  it('answers a task whose payload is too deep with a failure, and keeps the connection', async () => {
    harness = await Harness.start();
    const ttp = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(ttp, 'listening');
    const got: Record<string, unknown>[] = [];
    const dialled = new Promise<WebSocket>((resolve) => ttp.once('connection', resolve));
    harness.worker(
      { train: async () => ({ payload: 'well' }) },
      { url: `http://127.0.0.1:${(ttp.address() as AddressInfo).port}` },
    );
    const socket = await dialled;
    socket.on('message', (data: Buffer) => got.push(JSON.parse(data.toString()) as never));
    socket.send('{"type":"welcome","session":"s","protocol":{"major":1,"minor":1},"heartbeatMs":10000}');
    const task = (id: string, payload: string) =>
      socket.send(`{"type":"task","task":"${id}","kind":"train","payload":${payload},"tensors":{}}`);
    task('1', nested(50_000));
    task('2', '{}');
    await until(() => got.filter(({ type }) => type === 'result').length === 2);
    expect(got.filter(({ type }) => type === 'result')).toEqual([
      {
        type: 'result',
        task: '1',
        outcome: {
          ok: false,
          code: 'malformed_task',
          message: 'the task is malformed: nested more than 32 levels deep',
        },
      },
      { type: 'result', task: '2', outcome: { ok: true, payload: 'well' } },
    ]);
    ttp.close();
  });
});
