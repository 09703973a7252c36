import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { proxyFor } from '../src/worker/proxy.js';
import { bytesOf, Harness, MemorySink, sha256, until } from './harness.js';

let harness: Harness;
afterEach(async () => {
  vi.unstubAllEnvs();
  await harness?.end();
});

/** A proxy that knows one way only: tunnels, wherever they are said to lead, to the data port. */
async function connectProxy({ credentials = '' } = {}) {
  const seen: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    response.writeHead(502).end();
  });
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    seen.push(`CONNECT ${request.url}`);
    sockets.add(socket.on('error', () => undefined));
    const expected = `Basic ${Buffer.from(credentials).toString('base64')}`;
    if (credentials !== '' && request.headers['proxy-authorization'] !== expected)
      return socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    const up = connect(harness.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      up.pipe(socket).pipe(up);
    });
    up.on('error', () => socket.destroy());
    socket.on('close', () => up.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { seen, host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function trainThrough(url: string, options = {}) {
  const bytes = bytesOf(300_000);
  harness.worker(
    { train: async ({ tensors }) => ({ payload: sha256(tensors.global!), tensors: { update: bytes } }) },
    { url, ...options },
  );
  const global = await harness.plane.publish(bytes);
  const sink = new MemorySink();
  const reply = await harness.plane.request(
    'a',
    { kind: 'train', payload: {}, tensors: { global } },
    { receive: () => sink, deadlineMs: 10_000 },
  );
  expect(reply.payload).toBe(sha256(bytes));
  expect(sink.bytes.equals(bytes)).toBe(true);
}

describe('a worker behind an HTTP proxy', () => {
  it('reaches a host that only the proxy can resolve, for control messages and tensors', async () => {
    harness = await Harness.start();
    const { seen, host } = await connectProxy({ credentials: 'me:pass word' });
    vi.stubEnv('HTTP_PROXY', `http://me:pass%20word@${host}`);
    await trainThrough(`http://ttp.outside.invalid:${harness.port}`);
    expect(new Set(seen)).toEqual(new Set([`CONNECT ttp.outside.invalid:${harness.port}`]));
  });

  it('verifies the certificate of the TTP at the end of the tunnel', async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'ttp' }], {
      keySize: 2048,
      extensions: [
        { name: 'basicConstraints', cA: true },
        { name: 'subjectAltName', altNames: [{ type: 2, value: 'ttp.outside.invalid' }] },
      ],
    });
    harness = await Harness.start({ tls: { cert, key }, helloMs: 1000 });
    const { host } = await connectProxy();
    vi.stubEnv('HTTPS_PROXY', `http://${host}`);
    const url = `https://ttp.outside.invalid:${harness.port}`;
    const { log } = harness.worker({}, { url, participant: 'b' });
    await until(() => log.lines.some((line) => line.includes('not trusted')));
    await trainThrough(url, { ca: cert });
  });

  it('reports that the proxy may have refused the connection', async () => {
    harness = await Harness.start();
    const { host } = await connectProxy({ credentials: 'me:right' });
    vi.stubEnv('HTTP_PROXY', `http://me:wrong@${host}`);
    const reasons: { reason?: string }[] = [];
    const logger = { debug() {}, info() {}, error() {}, warn: (fields: object) => void reasons.push(fields) };
    harness.worker({}, { url: 'http://ttp.outside.invalid:8020', logger });
    await until(() => reasons.length > 0);
    expect(reasons[0]?.reason).toBe(`the TTP or the proxy ${host} answered with HTTP 407`);
  });
});

describe('the proxy for a URL', () => {
  it.each([
    ['http://ttp.example.org:8020', 'http://plain:1'],
    ['https://ttp.example.org', 'http://secure:2'],
    ['https://in.example.net:8020', undefined],
    ['https://deep.in.example.net', undefined],
    ['http://127.0.0.1:8020', undefined],
    ['http://localhost:8020', undefined],
  ])('%s is %s', (url, proxy) => {
    vi.stubEnv('HTTP_PROXY', 'http://plain:1');
    vi.stubEnv('HTTPS_PROXY', 'http://secure:2');
    vi.stubEnv('NO_PROXY', 'in.example.net,.in.example.net');
    expect(proxyFor(new URL(url))?.origin).toBe(proxy);
  });

  it('refuses a proxy that is not HTTP', () => {
    vi.stubEnv('HTTPS_PROXY', 'socks5://secret:word@host:1');
    expect(() => proxyFor(new URL('https://ttp.example.org'))).toThrow(/expected http:\/\/HOST:PORT/);
    expect(() => proxyFor(new URL('https://ttp.example.org'))).not.toThrow(/secret/);
  });
});

describe('a TTP below a path', () => {
  it('is dialled with its path prefix, for control messages and tensors', async () => {
    harness = await Harness.start();
    const paths = new Set<string>();
    const reverse = createServer();
    const forward = (request: IncomingMessage, socket: Socket, body: Buffer) => {
      paths.add((request.url ?? '').replace(/[0-9a-f-]{36,}/, 'ID'));
      const up = connect(harness.port, '127.0.0.1', () => {
        const head = request.rawHeaders.reduce(
          (text, part, at) => text + part + (at % 2 ? '\r\n' : ': '),
          '',
        );
        up.write(`${request.method} ${request.url?.replace('/federation/data', '')} HTTP/1.1\r\n${head}\r\n`);
        up.write(body);
        up.pipe(socket);
        request.socket.pipe(up);
      });
      socket.on('error', () => up.destroy()).on('close', () => up.destroy());
      up.on('error', () => socket.destroy());
    };
    reverse.on('upgrade', forward);
    reverse.on('request', (request, response) => {
      const up = harness.url + request.url!.replace('/federation/data', '');
      paths.add((request.url ?? '').replace(/[0-9a-f-]{36,}/, 'ID'));
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = request.method === 'PUT' ? { body: Buffer.concat(chunks) } : {};
        const { host: _host, connection: _connection, ...headers } = request.headers;
        fetch(up, { method: request.method!, headers: headers as never, ...body })
          .then(async (answer) => {
            response.writeHead(answer.status);
            response.end(Buffer.from(await answer.arrayBuffer()));
          })
          .catch(() => response.destroy());
      });
    });
    await new Promise<void>((resolve) => reverse.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      reverse.close();
      reverse.closeAllConnections();
    });
    await trainThrough(`http://127.0.0.1:${(reverse.address() as AddressInfo).port}/federation/data/`);
    expect([...paths].sort()).toEqual([
      '/federation/data/v1/control',
      '/federation/data/v1/tasks/ID/tensors/update',
      '/federation/data/v1/tensors/ID',
    ]);
  });
});
