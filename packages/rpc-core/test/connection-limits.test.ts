import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { Harness, headers, hello, until } from './harness.js';

let harness: Harness;
afterEach(() => harness.end());

function idle(count: number): readonly Socket[] {
  const sockets = Array.from({ length: count }, () => connect(harness.port, '127.0.0.1'));
  for (const socket of sockets) socket.on('error', () => undefined);
  onTestFinished(() => sockets.forEach((socket) => socket.destroy()));
  return sockets;
}
const open = (sockets: readonly Socket[]) =>
  sockets.filter(({ closed, connecting }) => !closed && !connecting);

async function get(authorization: string | undefined, { participant = 'a', agent = new Agent() } = {}) {
  return new Promise<{ status: number; code: string; message: string }>((resolve, reject) => {
    const given = { 'x-synergos-participant': participant, ...(authorization && { authorization }) };
    request(`${harness.url}/v1/tensors/${'0'.repeat(64)}`, { headers: given, agent }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode, ...JSON.parse(text) } as never));
    })
      .on('error', reject)
      .end();
  });
}

describe('connections to the data port', () => {
  it('limits and times out connections without a token by address; workers stay connected', async () => {
    harness = await Harness.start({ mostConnections: 64, helloMs: 400 });
    harness.worker({ train: async () => ({ payload: 'done' }) });
    await harness.connected('a');
    const sockets = idle(40);
    // A sixteenth of all connections.
    await until(() => sockets.filter(({ closed }) => closed).length === 36);
    expect(open(sockets)).toHaveLength(4);
    expect(harness.log.lines.filter((line) => line.includes('connections were refused'))).toHaveLength(1);
    expect((await harness.plane.request('a', { kind: 'train', payload: {} })).payload).toBe('done');
    await until(() => open(sockets).length === 0);
    harness.worker({}, { participant: 'b' });
    await harness.connected('a', 'b');
  });

  it('limits the connections of one participant to 64', async () => {
    harness = await Harness.start();
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const answers = await Promise.all(
      Array.from({ length: 65 }, () => get(headers().authorization, { agent })),
    );
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(64);
    expect(answers.filter(({ code }) => code === 'too_many_connections')).toMatchObject([{ status: 429 }]);
  });

  it('closes a control connection that leaves 16 MiB unread', async () => {
    harness = await Harness.start({ heartbeatMs: 10_000 });
    const { socket } = await harness.socket();
    socket.send(JSON.stringify(hello));
    await harness.connected('a');
    socket.pause();
    const payload = 'x'.repeat(1_000_000);
    for (let sent = 0; sent < 40 && harness.plane.status('a')?.connected; sent++) {
      harness.plane.request('a', { kind: 'train', payload }).catch(() => undefined);
      await new Promise(setImmediate);
    }
    await until(() => harness.plane.status('a')?.connected === false);
    expect(harness.log.lines).toContain('warn a worker does not read; its connection is cut');
  });
});

describe('wrong tokens', () => {
  it('refuses wrong tokens with 429 after twenty, and still accepts the right token', async () => {
    harness = await Harness.start();
    for (let attempt = 0; attempt < 20; attempt++)
      expect(await get('Bearer guess', { participant: attempt % 2 === 0 ? 'a' : 'stranger' })).toMatchObject({
        status: 401,
        code: 'wrong_token',
      });
    expect(await get('Bearer guess')).toMatchObject({ status: 429, code: 'too_many_attempts' });
    expect(await get(headers().authorization)).toMatchObject({ status: 404, code: 'unknown_tensors' });
    harness.worker();
    await harness.connected('a');
    expect(harness.log.lines.filter((line) => line === 'warn a login failed')).toHaveLength(5);
  });
});
