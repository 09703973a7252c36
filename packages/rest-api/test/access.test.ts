import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { silentLogger } from '@synergos/contract';
import { describe, expect, it, vi } from 'vitest';
import { C, startServer, TOKEN } from './server.js';

const read = (url: string, token: string) =>
  fetch(url + C, { headers: { authorization: `Bearer ${token}` } });

it('/ links to the documentation of the API, as a page and as JSON', async () => {
  await using server = await startServer();
  const headers = (accept: string) => ({ accept });
  const json = await server.call('GET', '/', undefined, headers('application/json'));
  expect(json).toMatchObject({ status: 200, json: { documentation: '/docs', openapi: '/openapi.json' } });
  expect((await server.call('GET', '/', undefined, headers('*/*'))).json.documentation).toBe('/docs');
  const page = await server.call('GET', '/', undefined, headers('text/html,*/*;q=0.8'));
  expect(page.text).toContain('<a href="/docs">');
});

describe('an address with failed logins', () => {
  it('is refused for a while after twenty failures, except with the valid token', async () => {
    await using server = await startServer();
    for (let attempt = 0; attempt < 20; attempt++) expect((await read(server.url, 'wrong')).status).toBe(401);
    expect((await read(server.url, TOKEN)).status).toBe(200);
    const refused = await read(server.url, 'wrong');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({
      success: 0,
      status: 429,
      message: expect.stringMatching(/wait \d+ s/),
    });
  });

  it('is not refused for any number of successful requests', async () => {
    await using server = await startServer();
    const statuses = await Promise.all(Array.from({ length: 100 }, () => read(server.url, TOKEN)));
    expect(new Set(statuses.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('can still call the health endpoints', async () => {
    await using server = await startServer();
    for (let attempt = 0; attempt < 21; attempt++) await read(server.url, 'wrong');
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });
});

describe('failed logins', () => {
  it('are logged with address and reason, at most five per minute', async () => {
    const logged: object[] = [];
    const logger = { ...silentLogger, warn: (fields: object) => void logged.push(fields) };
    await using server = await startServer({ logger });
    for (let attempt = 0; attempt < 7; attempt++) await read(server.url, 'wrong');
    await read(server.url, TOKEN);
    expect(logged).toEqual(
      Array.from({ length: 5 }, () => ({ address: '127.0.0.1', reason: 'the token is wrong' })),
    );
  });
});

describe('/metrics', () => {
  it('has metrics of jobs, workers, requests and the process, and requires the token', async () => {
    await using server = await startServer();
    expect((await fetch(`${server.url}/metrics`)).status).toBe(401);
    await server.call('GET', C);
    await server.jobs.wait((await server.jobs.submit('no-such-kind', {})).id);
    const { text } = await server.call('GET', '/metrics');
    expect(text).toContain('synergos_jobs{state="failed"} 1');
    expect(text).toContain('synergos_connected_workers 1');
    expect(text).toContain('synergos_received_bytes_total 300');
    expect(text).toContain('synergos_sent_bytes_total 200');
    expect(text).toContain('synergos_request_seconds_count{method="collaborations.get",status="200"} 1');
    expect(text).toMatch(/synergos_process_resident_memory_bytes \d+/);
  });
});

describe('/docs', () => {
  it('shows the API in a browser that asks for the token, and loads nothing from other hosts', async () => {
    await using server = await startServer();
    const refused = await fetch(`${server.url}/docs`);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain('Basic');
    const { status, headers, text } = await server.call('GET', '/docs');
    expect(status).toBe(200);
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
    const script = /src="(.+?)"/.exec(text)?.[1] ?? '';
    expect(script.startsWith('/docs/')).toBe(true);
    expect((await server.call('GET', script)).text).toContain('openapi-explorer');
    expect(text).not.toMatch(/https?:/);
  });
});

describe('a page of another site', () => {
  it.each(['cross-site', 'same-site'])(
    'cannot change anything with the token that the browser stores: %s',
    async (site) => {
      await using server = await startServer();
      const headers = { 'sec-fetch-site': site };
      expect((await server.call('POST', C, { collab_id: 'c' }, headers)).status).toBe(403);
      expect(
        (await server.call('POST', C, { collab_id: 'c' }, { 'sec-fetch-site': 'same-origin' })).status,
      ).toBe(201);
    },
  );
});

describe('a page of another origin, in a browser without Sec-Fetch-Site', () => {
  const token = '/ttp/connect/participants/alice/token';

  it.each([
    ['another host', { origin: 'http://evil.example' }, 403],
    ['another port', { origin: 'http://127.0.0.1:1' }, 403],
    ['no origin that can be named', { origin: 'null' }, 403],
    ['another host, by its Referer', { referer: 'http://evil.example/page' }, 403],
    ['the API itself', { origin: 'SELF' }, 201],
    ['the API itself, by its Referer', { referer: 'SELF/docs' }, 201],
    ['an allowed host', { origin: 'https://ttp.example.org' }, 201],
    ['no page', {}, 201],
  ])('%s: a POST without a body', async (_what, headers, expected) => {
    await using server = await startServer({ allowedHosts: ['ttp.example.org'] });
    await server.call('POST', '/ttp/connect/participants', { participant_id: 'alice' });
    const given = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace('SELF', server.url)]),
    );
    expect((await server.call('POST', token, undefined, given)).status).toBe(expected);
  });
});

describe('the host name of a request', () => {
  const none = { kind: 'none' } as const;
  const get = (url: string, headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      request(url + C, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });

  it.each(['127.0.0.1:5000', 'localhost:1', '[::1]', '10.1.2.3', 'ttp:5000', 'ttp.local', 'ttp.example.org'])(
    '%s is a valid host name, also without a token',
    async (host) => {
      await using server = await startServer({ auth: none, allowedHosts: ['ttp.example.org'] });
      expect(await get(server.url, { host })).toBe(200);
      expect(await get(server.url, { host, origin: `http://${host}` })).toBe(200);
    },
  );

  it.each(['evil.example', '127.0.0.1.evil.example:5000', 'localhost.evil.example'])(
    '%s is refused for all if no token is required, and for browsers otherwise',
    async (host) => {
      await using open = await startServer({ auth: none });
      expect(await get(open.url, { host })).toBe(403);
      await using closed = await startServer();
      const authorization = `Bearer ${TOKEN}`;
      expect(await get(closed.url, { host, authorization })).toBe(200);
      expect(await get(closed.url, { host, authorization, origin: `http://${host}` })).toBe(403);
      expect(await get(closed.url, { host, authorization, 'sec-fetch-site': 'same-origin' })).toBe(403);
    },
  );
});

describe('connections to the REST port', () => {
  it('are limited by address without a token, and not limited with one', async () => {
    await using server = await startServer({ mostConnections: 64 });
    const idle = Array.from({ length: 20 }, () => connect(Number(new URL(server.url).port), '127.0.0.1'));
    for (const socket of idle) socket.on('error', () => undefined);
    await vi.waitFor(() => expect(idle.filter(({ closed }) => closed)).toHaveLength(16));
    for (const socket of idle) socket.destroy();
    await vi.waitFor(() => expect(idle.filter(({ closed }) => closed)).toHaveLength(20));
    // The server notices the closed connection a little later.
    await vi.waitFor(async () => expect((await fetch(`${server.url}/healthz`)).status).toBe(200));
    const statuses = new Set<number | undefined>();
    for (let opened = 0; opened < 20; opened++)
      await new Promise<void>((resolve, reject) =>
        request(
          `${server.url}/ttp/jobs`,
          { agent: new Agent({ keepAlive: true }), headers: { authorization: `Bearer ${TOKEN}` } },
          (response) => {
            statuses.add(response.statusCode);
            response.resume().on('end', resolve);
          },
        )
          .on('error', reject)
          .end(),
      );
    expect(statuses).toEqual(new Set([200]));
  });
});
