import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { Ground, headers, hello, until } from './ground.js';

let ground: Ground;
afterEach(() => ground.end());

function idle(count: number): readonly Socket[] {
  const sockets = Array.from({ length: count }, () => connect(ground.port, '127.0.0.1'));
  for (const socket of sockets) socket.on('error', () => undefined);
  onTestFinished(() => sockets.forEach((socket) => socket.destroy()));
  return sockets;
}
const open = (sockets: readonly Socket[]) =>
  sockets.filter(({ closed, connecting }) => !closed && !connecting);

async function get(authorization: string | undefined, { participant = 'a', agent = new Agent() } = {}) {
  return new Promise<{ status: number; code: string; message: string }>((resolve, reject) => {
    const given = { 'x-synergos-participant': participant, ...(authorization && { authorization }) };
    request(`${ground.url}/v1/tensors/${'0'.repeat(64)}`, { headers: given, agent }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode, ...JSON.parse(text) } as never));
    })
      .on('error', reject)
      .end();
  });
}

describe('connections to the data port', () => {
  it('without a token are limited by address and closed after the deadline; a worker is not disturbed', async () => {
    ground = await Ground.start({ mostConnections: 64, helloMs: 400 });
    ground.worker({ train: async () => ({ payload: 'done' }) });
    await ground.connected('a');
    const sockets = idle(40);
    // A sixteenth of all connections.
    await until(() => sockets.filter(({ closed }) => closed).length === 36);
    expect(open(sockets)).toHaveLength(4);
    expect(ground.log.lines.filter((line) => line.includes('connections were refused'))).toHaveLength(1);
    expect((await ground.plane.request('a', { kind: 'train', payload: {} })).payload).toBe('done');
    await until(() => open(sockets).length === 0);
    ground.worker({}, { participant: 'b' });
    await ground.connected('a', 'b');
  });

  it('of one participant are limited to 64', async () => {
    ground = await Ground.start();
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const answers = await Promise.all(
      Array.from({ length: 65 }, () => get(headers().authorization, { agent })),
    );
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(64);
    expect(answers.filter(({ code }) => code === 'too_many_connections')).toMatchObject([{ status: 429 }]);
  });

  it('a control connection that does not read is cut off at 16 MiB', async () => {
    ground = await Ground.start({ heartbeatMs: 10_000 });
    const { socket } = await ground.socket();
    socket.send(JSON.stringify(hello));
    await ground.connected('a');
    socket.pause();
    const payload = 'x'.repeat(1_000_000);
    for (let sent = 0; sent < 40 && ground.plane.status('a')?.connected; sent++) {
      ground.plane.request('a', { kind: 'train', payload }).catch(() => undefined);
      await new Promise(setImmediate);
    }
    await until(() => ground.plane.status('a')?.connected === false);
    expect(ground.log.lines).toContain('warn a worker does not read; its connection is cut');
  });
});

describe('wrong tokens', () => {
  it('are refused by 429 after twenty, and the right token still passes', async () => {
    ground = await Ground.start();
    for (let attempt = 0; attempt < 20; attempt++)
      expect(await get('Bearer guess', { participant: attempt % 2 === 0 ? 'a' : 'stranger' })).toMatchObject({
        status: 401,
        code: 'wrong_token',
      });
    expect(await get('Bearer guess')).toMatchObject({ status: 429, code: 'too_many_attempts' });
    expect(await get(headers().authorization)).toMatchObject({ status: 404, code: 'unknown_tensors' });
    ground.worker();
    await ground.connected('a');
    expect(ground.log.lines.filter((line) => line === 'warn a login failed')).toHaveLength(5);
  });
});
