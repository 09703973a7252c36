import { createServer, request } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { silentLogger } from '@synergos/contract';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { WebSocket } from 'ws';
import { DataPlane, PortInUse, PROTOCOL } from '../src/index.js';
import { show } from '../src/protocol/version.js';
import { Ground, headers, hello, until, untilAborted } from './ground.js';

let ground: Ground;
afterEach(() => ground.end());

const closed = (socket: WebSocket) =>
  new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code: number, reason: Buffer) => resolve({ code, reason: String(reason) })),
  );

describe('who may connect', () => {
  it.each([
    ['a wrong token', 'wrong token', { token: 'guess' }],
    ['an unknown participant', 'unknown participant', { participant: 'stranger' }],
  ])('%s is refused with the same answer and logged in one line each', async (_what, reason, options) => {
    const failures: object[] = [];
    const logger = { ...silentLogger, warn: (fields: object) => void failures.push(fields) };
    ground = await Ground.start({ logger });
    const { states, log } = ground.worker({}, options);
    await until(() => states.some(({ state }) => state === 'refused'));
    expect(states.find(({ state }) => state === 'refused')).toMatchObject({
      code: 'wrong_token',
      message: expect.stringMatching(/^no participant '.*' with this token is known here$/),
    });
    expect(log.lines.filter((text) => text.startsWith('error'))).toEqual([
      expect.stringMatching(/Check --id and --token/),
    ]);
    expect(failures).toMatchObject([{ reason, address: expect.stringContaining('127.0.0.1') }]);
  });

  it('a worker that dials the REST port is told which port to dial', async () => {
    ground = await Ground.start();
    const rest = createServer().on('upgrade', (_request, socket) =>
      socket.end(
        'HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n{"status": 401, "message": "no token"}',
      ),
    );
    await new Promise<void>((resolve) => rest.listen(0, '127.0.0.1', resolve));
    const { port } = rest.address() as AddressInfo;
    const reasons: object[] = [];
    const logger = { ...silentLogger, warn: (fields: object) => void reasons.push(fields) };
    ground.worker({}, { url: `http://127.0.0.1:${port}`, logger });
    await until(() => reasons.length > 0);
    expect(reasons[0]).toMatchObject({
      reason: expect.stringMatching(/^HTTP 401, not from a data port; give --ttp/),
    });
    rest.close();
  });

  it('a worker that dials by TLS where there is none is told to dial without', async () => {
    ground = await Ground.start();
    const { log } = ground.worker({}, { url: ground.url.replace('http:', 'https:') });
    await until(() => log.lines.length > 0);
    expect(log.lines[0]).toMatch(/does not speak TLS: give --ttp with http:/);
  });

  it.each([
    ['missing', {}, 401, 'no_participant'],
    ['malformed', { 'x-synergos-participant': '%E0%A4%A' }, 400, 'bad_participant'],
  ])('a %s participant header is refused, over HTTP and at the upgrade', async (_, extra, status, code) => {
    ground = await Ground.start();
    const answer = await fetch(`${ground.url}/v1/tensors/x`, { headers: extra as Record<string, string> });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ code });
    const upgrade = await new Promise<number | undefined>((resolve, reject) =>
      request(`${ground.url}/v1/control`, {
        headers: {
          ...extra,
          connection: 'upgrade',
          upgrade: 'websocket',
          'sec-websocket-key': 'MDEyMzQ1Njc4OWFiY2RlZg==',
          'sec-websocket-version': '13',
        },
      })
        .on('response', (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end(),
    );
    expect(upgrade).toBe(status);
  });

  it('a worker whose token is revoked while it is connected is put out, and told why when it dials again', async () => {
    let isRevoked = false;
    ground = await Ground.start({ authenticate: () => (isRevoked ? 'wrong token' : 'ok') });
    const { states, log } = ground.worker();
    await ground.connected('a');
    isRevoked = true;
    ground.plane.disconnect('a');
    await until(() => states.some(({ state }) => state === 'refused'));
    expect(ground.plane.status('a')?.connected).toBe(false);
    expect(log.lines.join()).toContain("the TTP refuses this worker: no participant 'a' with this token");
    isRevoked = false;
    await ground.connected('a');
  });

  it('a worker whose token expires while it is connected is put out, and reads what to do', async () => {
    const validUntil = Date.now() + 600;
    ground = await Ground.start({
      authenticate: () => (Date.now() < validUntil ? { validUntil } : 'expired token'),
    });
    const { states, log } = ground.worker();
    await ground.connected('a');
    const answer = () => fetch(`${ground.url}/v1/tensors/x`, { headers: headers() });
    expect((await answer()).status).toBe(404);
    await until(() => states.some(({ state }) => state === 'refused'));
    expect(ground.plane.status('a')?.connected).toBe(false);
    expect(ground.log.lines.join()).toContain("the worker's token has expired");
    expect(log.lines.join()).toContain("the token of participant 'a' has expired. A new one is made by POST");
    expect(await (await answer()).json()).toMatchObject({ code: 'expired_token' });
  });

  it('another major version is refused with both versions named; of two minors the older is spoken', async () => {
    ground = await Ground.start();
    const { states, log } = ground.worker({}, { protocol: { major: 2, minor: 0 } });
    await until(() => states.some(({ state }) => state === 'refused'));
    expect(log.lines.join()).toContain(
      `speaks protocol ${show(PROTOCOL)}, the worker 2.0; update the older one`,
    );
    ground.worker({}, { participant: 'b', protocol: { major: 1, minor: 9 } });
    await ground.connected('b');
    const { socket, messages } = await ground.socket();
    socket.send(JSON.stringify({ ...hello, protocol: { major: 1, minor: 9 } }));
    await until(() => messages.length > 0);
    expect(messages[0]).toMatchObject({ type: 'welcome', protocol: PROTOCOL });
    const older = await ground.socket('c');
    older.socket.send(JSON.stringify({ ...hello, participant: 'c', protocol: { major: 1, minor: 0 } }));
    await until(() => older.messages.length > 0);
    expect(older.messages[0]).toMatchObject({ type: 'welcome', protocol: { major: 1, minor: 0 } });
  });

  it('a hello in the name of another participant is refused', async () => {
    ground = await Ground.start();
    const { socket, messages } = await ground.socket('a');
    socket.send(JSON.stringify({ ...hello, participant: 'b' }));
    await closed(socket);
    expect(messages).toMatchObject([{ type: 'refused', code: 'wrong_participant' }]);
    expect(ground.plane.status('b')).toBeUndefined();
  });

  it('any name goes over the wire', async () => {
    ground = await Ground.start();
    ground.worker({}, { participant: 'Spital Zürich 3 東京' });
    await ground.connected('Spital Zürich 3 東京');
    expect(ground.plane.participants()).toMatchObject([{ connected: true, software: 'test/1' }]);
  });
});

describe('the life of a connection', () => {
  it.each([
    ['not JSON', ['{'], 'malformed control message'],
    ['of no known type', [JSON.stringify({ type: 'sabotage' })], 'malformed control message'],
    ['too early', [JSON.stringify({ type: 'progress', task: 'x', data: {} })], 'expected hello first'],
    ['a second hello', [JSON.stringify(hello), JSON.stringify(hello)], 'a second hello came'],
  ])('a message %s closes it with a reason; the TTP lives on', async (_, texts, reason) => {
    ground = await Ground.start();
    const { socket } = await ground.socket();
    for (const text of texts) socket.send(text);
    expect(await closed(socket)).toEqual({ code: 4400, reason });
    ground.worker({}, { participant: 'b' });
    await ground.connected('b');
  });

  it('without a hello it is closed, even if it answers pings', async () => {
    ground = await Ground.start({ helloMs: 60 });
    const { socket } = await ground.socket();
    const beats = setInterval(() => socket.pong(), 5);
    onTestFinished(() => clearInterval(beats));
    expect(await closed(socket)).toEqual({ code: 4400, reason: 'no hello came' });
  });

  it('a half-open one is found by the TTP within a few heartbeats', async () => {
    ground = await Ground.start({ heartbeatMs: 50 });
    const { socket } = await ground.socket();
    socket.send(JSON.stringify(hello));
    await ground.connected('a');
    socket.pause();
    await until(() => ground.plane.status('a')?.connected === false);
    expect(ground.log.lines).toContain('warn worker is silent; its connection is given up');
  });

  it('a half-open one is found by the worker, which dials again', async () => {
    ground = await Ground.start({ heartbeatMs: 50 });
    const { states } = ground.worker({}, { url: await ground.relay() });
    await ground.connected('a');
    await until(() => states.some(({ state }) => state === 'connected'));
    const [from, to] = ground.relayed;
    to!.unpipe(from);
    from!.unpipe(to);
    await until(() => states.filter(({ state }) => state === 'connected').length === 2);
  });

  it('a second worker with the same id replaces the first, which then keeps away', async () => {
    ground = await Ground.start();
    const backoff = { firstMs: 1, longestMs: 20 };
    const first = ground.worker({}, { backoff });
    await ground.connected('a');
    const second = ground.worker({}, { backoff, software: 'test/2' });
    await until(() => first.states.filter(({ state }) => state === 'refused').length > 5);
    expect(ground.plane.status('a')).toMatchObject({ connected: true, software: 'test/2' });
    expect(second.states.map(({ state }) => state)).toEqual(['connecting', 'connected']);
    expect(first.log.lines.filter((line) => line.startsWith('error'))).toEqual([
      expect.stringMatching(/another worker connected with the same id; only one may run/),
    ]);
    await second.client.close();
    await ground.connected('a');
    await until(() => ground.plane.status('a')?.software === 'test/1');
  });

  it('a worker outlives a restart of the TTP', async () => {
    ground = await Ground.start();
    const { states } = ground.worker();
    await ground.connected('a');
    await ground.plane.close();
    const next = new DataPlane({ authenticate: () => 'ok' });
    await next.listen(ground.port);
    await next.whenConnected(['a'], { timeoutMs: 5_000 });
    expect(states.map(({ state }) => state)).toContain('disconnected');
    await next.close();
  });

  it('waiting for a worker that does not come ends with its name', async () => {
    ground = await Ground.start();
    const waiting = ground.plane.whenConnected(['a', 'z'], { timeoutMs: 30 });
    await expect(waiting).rejects.toMatchObject({
      code: 'not_connected',
      message: expect.stringMatching(/a, z/),
    });
  });
});

describe('ports', () => {
  it('a port in use is named, with the option to change', async () => {
    ground = await Ground.start();
    const other = new DataPlane({ authenticate: () => 'ok' });
    const listening = other.listen(ground.port);
    await expect(listening).rejects.toThrow(PortInUse);
    await expect(listening).rejects.toThrow(new RegExp(`port ${ground.port} .*--data-port`));
  });

  it('works over TLS, for control and tensors; without the authority the worker does not connect', async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
      keySize: 2048,
      extensions: [
        { name: 'basicConstraints', cA: true },
        { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
      ],
    });
    ground = await Ground.start({ tls: { cert, key } });
    const url = `https://localhost:${ground.port}`;
    const bytes = Buffer.alloc(3_000_000, 7);
    const ref = await ground.plane.publish(bytes);
    const distrustful = ground.worker({}, { url, participant: 'b' });
    const sizes = {
      model: async ({ tensors }: { tensors: Readonly<Record<string, Uint8Array>> }) => ({
        payload: tensors.m?.length,
      }),
    };
    ground.worker(sizes, { url, ca: cert });
    const reply = await ground.plane.request('a', { kind: 'model', payload: {}, tensors: { m: ref } });
    expect(reply.payload).toBe(3_000_000);
    await until(() => distrustful.log.lines.some((line) => line.includes('TTP not reached')));
    expect(ground.plane.status('b')).toBeUndefined();
  });

  it('close leaves no timer, socket or server behind, with everything still open', async () => {
    const before = process.getActiveResourcesInfo().length;
    ground = await Ground.start();
    ground.worker({ wait: async ({ signal }) => untilAborted(signal) });
    await ground.connected('a');
    const { socket } = await ground.socket('b');
    socket.pause();
    const idle = connect(ground.port, '127.0.0.1').on('error', () => undefined);
    await until(() => !idle.connecting);
    const upload = request(`${ground.url}/v1/tasks/x/tensors/y`, { method: 'PUT', headers: headers() });
    upload.on('error', () => undefined).flushHeaders();
    const pending = ground.plane.request('a', { kind: 'wait', payload: {} });
    const rejected = expect(pending).rejects.toMatchObject({ code: 'closed' });
    const begun = Date.now();
    await ground.end();
    await rejected;
    expect(Date.now() - begun).toBeLessThan(3_000);
    socket.terminate();
    await until(() => process.getActiveResourcesInfo().length <= before, 'all resources are freed');
    await expect(ground.plane.request('a', { kind: 'wait', payload: {} })).rejects.toMatchObject({
      code: 'closed',
    });
  });
});
