import { createServer, request } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { silentLogger } from '@synergos/contract';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { WebSocket } from 'ws';
import { DataPlane, PortInUse, PROTOCOL } from '../src/index.js';
import { show } from '../src/protocol/version.js';
import { Harness, headers, hello, until, untilAborted } from './harness.js';

let harness: Harness;
afterEach(() => harness.end());

const closed = (socket: WebSocket) =>
  new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code: number, reason: Buffer) => resolve({ code, reason: String(reason) })),
  );

describe('authentication and hello', () => {
  it.each([
    ['a wrong token', 'wrong token', { token: 'guess' }],
    ['an unknown participant', 'unknown participant', { participant: 'stranger' }],
  ])('%s is refused with the same answer and logged in one line each', async (_what, reason, options) => {
    const failures: object[] = [];
    const logger = { ...silentLogger, warn: (fields: object) => void failures.push(fields) };
    harness = await Harness.start({ logger });
    const { states, log } = harness.worker({}, options);
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

  it('reports the data port to a worker that dials the REST port', async () => {
    harness = await Harness.start();
    const rest = createServer().on('upgrade', (_request, socket) =>
      socket.end(
        'HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n{"status": 401, "message": "no token"}',
      ),
    );
    await new Promise<void>((resolve) => rest.listen(0, '127.0.0.1', resolve));
    const { port } = rest.address() as AddressInfo;
    const reasons: object[] = [];
    const logger = { ...silentLogger, warn: (fields: object) => void reasons.push(fields) };
    harness.worker({}, { url: `http://127.0.0.1:${port}`, logger });
    await until(() => reasons.length > 0);
    expect(reasons[0]).toMatchObject({
      reason: expect.stringMatching(/^HTTP 401, not from a data port; give --ttp/),
    });
    rest.close();
  });

  it('reports to a worker that dials with TLS that the port has none', async () => {
    harness = await Harness.start();
    const { log } = harness.worker({}, { url: harness.url.replace('http:', 'https:') });
    await until(() => log.lines.length > 0);
    expect(log.lines[0]).toMatch(/does not speak TLS: give --ttp with http:/);
  });

  it.each([
    ['missing', {}, 401, 'no_participant'],
    ['malformed', { 'x-synergos-participant': '%E0%A4%A' }, 400, 'bad_participant'],
  ])('a %s participant header is refused, over HTTP and at the upgrade', async (_, extra, status, code) => {
    harness = await Harness.start();
    const answer = await fetch(`${harness.url}/v1/tensors/x`, { headers: extra as Record<string, string> });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ code });
    const upgrade = await new Promise<number | undefined>((resolve, reject) =>
      request(`${harness.url}/v1/control`, {
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

  it('disconnects a worker when its token is revoked, and reports why when it reconnects', async () => {
    let isRevoked = false;
    harness = await Harness.start({ authenticate: () => (isRevoked ? 'wrong token' : 'ok') });
    const { states, log } = harness.worker();
    await harness.connected('a');
    isRevoked = true;
    harness.plane.disconnect('a');
    await until(() => states.some(({ state }) => state === 'refused'));
    expect(harness.plane.status('a')?.connected).toBe(false);
    expect(log.lines.join()).toContain("the TTP refuses this worker: no participant 'a' with this token");
    isRevoked = false;
    await harness.connected('a');
  });

  it('disconnects a worker when its token expires, and reports what to do', async () => {
    const validUntil = Date.now() + 600;
    harness = await Harness.start({
      authenticate: () => (Date.now() < validUntil ? { validUntil } : 'expired token'),
    });
    const { states, log } = harness.worker();
    await harness.connected('a');
    const answer = () => fetch(`${harness.url}/v1/tensors/x`, { headers: headers() });
    expect((await answer()).status).toBe(404);
    await until(() => states.some(({ state }) => state === 'refused'));
    expect(harness.plane.status('a')?.connected).toBe(false);
    expect(harness.log.lines.join()).toContain("the worker's token has expired");
    expect(log.lines.join()).toContain("the token of participant 'a' has expired. A new one is made by POST");
    expect(await (await answer()).json()).toMatchObject({ code: 'expired_token' });
  });

  it('refuses another major version and names both; uses the older of two minor versions', async () => {
    harness = await Harness.start();
    const { states, log } = harness.worker({}, { protocol: { major: 2, minor: 0 } });
    await until(() => states.some(({ state }) => state === 'refused'));
    expect(log.lines.join()).toContain(
      `speaks protocol ${show(PROTOCOL)}, the worker 2.0; update the older one`,
    );
    harness.worker({}, { participant: 'b', protocol: { major: 1, minor: 9 } });
    await harness.connected('b');
    const { socket, messages } = await harness.socket();
    socket.send(JSON.stringify({ ...hello, protocol: { major: 1, minor: 9 } }));
    await until(() => messages.length > 0);
    expect(messages[0]).toMatchObject({ type: 'welcome', protocol: PROTOCOL });
    const older = await harness.socket('c');
    older.socket.send(JSON.stringify({ ...hello, participant: 'c', protocol: { major: 1, minor: 0 } }));
    await until(() => older.messages.length > 0);
    expect(older.messages[0]).toMatchObject({ type: 'welcome', protocol: { major: 1, minor: 0 } });
  });

  it('refuses a hello in the name of another participant', async () => {
    harness = await Harness.start();
    const { socket, messages } = await harness.socket('a');
    socket.send(JSON.stringify({ ...hello, participant: 'b' }));
    await closed(socket);
    expect(messages).toMatchObject([{ type: 'refused', code: 'wrong_participant' }]);
    expect(harness.plane.status('b')).toBeUndefined();
  });

  it('accepts a participant name with spaces and non-ASCII characters', async () => {
    harness = await Harness.start();
    harness.worker({}, { participant: 'Spital Zürich 3 東京' });
    await harness.connected('Spital Zürich 3 東京');
    expect(harness.plane.participants()).toMatchObject([{ connected: true, software: 'test/1' }]);
  });
});

describe('connection life cycle', () => {
  it.each([
    ['not JSON', ['{'], 'malformed control message'],
    ['of no known type', [JSON.stringify({ type: 'sabotage' })], 'malformed control message'],
    ['too early', [JSON.stringify({ type: 'progress', task: 'x', data: {} })], 'expected hello first'],
    ['a second hello', [JSON.stringify(hello), JSON.stringify(hello)], 'a second hello came'],
  ])('a message %s closes it with a reason; the TTP lives on', async (_, texts, reason) => {
    harness = await Harness.start();
    const { socket } = await harness.socket();
    for (const text of texts) socket.send(text);
    expect(await closed(socket)).toEqual({ code: 4400, reason });
    harness.worker({}, { participant: 'b' });
    await harness.connected('b');
  });

  it('closes a connection without a hello, even if it answers pings', async () => {
    harness = await Harness.start({ helloMs: 60 });
    const { socket } = await harness.socket();
    const beats = setInterval(() => socket.pong(), 5);
    onTestFinished(() => clearInterval(beats));
    expect(await closed(socket)).toEqual({ code: 4400, reason: 'no hello came' });
  });

  it('the TTP detects a half-open connection within a few heartbeats', async () => {
    harness = await Harness.start({ heartbeatMs: 50 });
    const { socket } = await harness.socket();
    socket.send(JSON.stringify(hello));
    await harness.connected('a');
    socket.pause();
    await until(() => harness.plane.status('a')?.connected === false);
    expect(harness.log.lines).toContain('warn closing the connection of a silent worker');
  });

  it('the worker detects a half-open connection and dials again', async () => {
    harness = await Harness.start({ heartbeatMs: 50 });
    const { states } = harness.worker({}, { url: await harness.relay() });
    await harness.connected('a');
    await until(() => states.some(({ state }) => state === 'connected'));
    const [from, to] = harness.relayed;
    to!.unpipe(from);
    from!.unpipe(to);
    await until(() => states.filter(({ state }) => state === 'connected').length === 2);
  });

  it('a second worker with the same id replaces the first, which does not reconnect', async () => {
    harness = await Harness.start();
    const backoff = { firstMs: 1, longestMs: 20 };
    const first = harness.worker({}, { backoff });
    await harness.connected('a');
    const second = harness.worker({}, { backoff, software: 'test/2' });
    await until(() => first.states.filter(({ state }) => state === 'refused').length > 5);
    expect(harness.plane.status('a')).toMatchObject({ connected: true, software: 'test/2' });
    expect(second.states.map(({ state }) => state)).toEqual(['connecting', 'connected']);
    expect(first.log.lines.filter((line) => line.startsWith('error'))).toEqual([
      expect.stringMatching(/another worker connected with the same id; only one may run/),
    ]);
    await second.client.close();
    await harness.connected('a');
    await until(() => harness.plane.status('a')?.software === 'test/1');
  });

  it('a worker reconnects after a restart of the TTP', async () => {
    harness = await Harness.start();
    const { states } = harness.worker();
    await harness.connected('a');
    await harness.plane.close();
    const next = new DataPlane({ authenticate: () => 'ok' });
    await next.listen(harness.port);
    await next.whenConnected(['a'], { timeoutMs: 5_000 });
    expect(states.map(({ state }) => state)).toContain('disconnected');
    await next.close();
  });

  it('rejects a wait for a worker that does not connect, and names the worker', async () => {
    harness = await Harness.start();
    const waiting = harness.plane.whenConnected(['a', 'z'], { timeoutMs: 30 });
    await expect(waiting).rejects.toMatchObject({
      code: 'not_connected',
      message: expect.stringMatching(/a, z/),
    });
  });
});

describe('ports', () => {
  it('names a port in use and the option that changes it', async () => {
    harness = await Harness.start();
    const other = new DataPlane({ authenticate: () => 'ok' });
    const listening = other.listen(harness.port);
    await expect(listening).rejects.toThrow(PortInUse);
    await expect(listening).rejects.toThrow(new RegExp(`port ${harness.port} .*--data-port`));
  });

  it('transfers control messages and tensors over TLS, and refuses an untrusted certificate', async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
      keySize: 2048,
      extensions: [
        { name: 'basicConstraints', cA: true },
        { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
      ],
    });
    harness = await Harness.start({ tls: { cert, key } });
    const url = `https://localhost:${harness.port}`;
    const bytes = Buffer.alloc(3_000_000, 7);
    const ref = await harness.plane.publish(bytes);
    const distrustful = harness.worker({}, { url, participant: 'b' });
    const sizes = {
      model: async ({ tensors }: { tensors: Readonly<Record<string, Uint8Array>> }) => ({
        payload: tensors.m?.length,
      }),
    };
    harness.worker(sizes, { url, ca: cert });
    const reply = await harness.plane.request('a', { kind: 'model', payload: {}, tensors: { m: ref } });
    expect(reply.payload).toBe(3_000_000);
    await until(() => distrustful.log.lines.some((line) => line.includes('TTP not reached')));
    expect(harness.plane.status('b')).toBeUndefined();
  });

  it('close leaves no timer, socket or server open', async () => {
    const before = process.getActiveResourcesInfo().length;
    harness = await Harness.start();
    harness.worker({ wait: async ({ signal }) => untilAborted(signal) });
    await harness.connected('a');
    const { socket } = await harness.socket('b');
    socket.pause();
    const idle = connect(harness.port, '127.0.0.1').on('error', () => undefined);
    await until(() => !idle.connecting);
    const upload = request(`${harness.url}/v1/tasks/x/tensors/y`, { method: 'PUT', headers: headers() });
    upload.on('error', () => undefined).flushHeaders();
    const pending = harness.plane.request('a', { kind: 'wait', payload: {} });
    const rejected = expect(pending).rejects.toMatchObject({ code: 'closed' });
    const begun = Date.now();
    await harness.end();
    await rejected;
    expect(Date.now() - begun).toBeLessThan(3_000);
    socket.terminate();
    await until(() => process.getActiveResourcesInfo().length <= before, 'all resources are freed');
    await expect(harness.plane.request('a', { kind: 'wait', payload: {} })).rejects.toMatchObject({
      code: 'closed',
    });
  });
});
