import { describe, expect, it } from 'vitest';
import { C, startServer, TOKEN } from './server.js';

const read = (url: string, token: string) =>
  fetch(url + C, { headers: { authorization: `Bearer ${token}` } });

describe('an address that guesses tokens', () => {
  it('is refused for a while after twenty failures, with the right token too', async () => {
    await using server = await startServer();
    for (let attempt = 0; attempt < 20; attempt++) expect((await read(server.url, 'wrong')).status).toBe(401);
    const refused = await read(server.url, TOKEN);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({
      success: 0,
      status: 429,
      message: expect.stringMatching(/wait \d+ s/),
    });
  });

  it('is not, however often it succeeds', async () => {
    await using server = await startServer();
    const statuses = await Promise.all(Array.from({ length: 100 }, () => read(server.url, TOKEN)));
    expect(new Set(statuses.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('may ask for health all the same', async () => {
    await using server = await startServer();
    for (let attempt = 0; attempt < 21; attempt++) await read(server.url, 'wrong');
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });
});

describe('/metrics', () => {
  it('tells of jobs, workers, requests and the process, to who has the token', async () => {
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
  it('shows the API in a browser that asks for the token, and loads nothing from elsewhere', async () => {
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
    'may not change anything with the token that the browser holds: %s',
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
