import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Driver } from './driver.js';
import type { JobEvent } from './types.js';

describe('Driver without a TTP', () => {
  it('names the address that it cannot reach', async () => {
    const driver = new Driver({ url: 'http://127.0.0.1:1' });
    await expect(driver.health()).rejects.toMatchObject({ status: 0, code: 'unreachable' });
    await expect(driver.health()).rejects.toThrow('http://127.0.0.1:1');
  });

  it('fails on a missing answer, and on one that is not from a TTP', async () => {
    await using server = await listen((request, response) => {
      if (request.url?.startsWith('/ttp/jobs') === true) response.end('<html>welcome</html>');
    });
    const driver = new Driver({ url: server.url, timeoutMs: 200 });
    await expect(driver.health()).rejects.toThrow('no answer within 0.2 s');
    await expect(driver.jobs.readAll()).rejects.toMatchObject({ code: 'invalid_answer' });
  });

  it('refuses ids that would make a call concern more records', async () => {
    const driver = new Driver({ url: 'http://127.0.0.1:1' });
    await expect(driver.collaborations.delete({ collab_id: '' })).rejects.toThrow(TypeError);
    await expect(driver.collaborations.delete({ collab_id: '..' })).rejects.toThrow(TypeError);
    await expect(driver.models.create({ collab_id: 'c', project_id: 'p', run_id: 'r' })).rejects.toThrow(
      'expt_id is missing before run_id',
    );
  });
});

describe('Driver over HTTP', () => {
  it('puts ids into the path and other fields into the body', async () => {
    const seen: unknown[] = [];
    await using server = await listen((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        seen.push([request.method, request.url, request.headers.authorization, body]);
        response.end('{"data":{}}');
      });
    });
    const driver = new Driver({ url: `${server.url}/behind/a/proxy/`, token: 't' });
    await driver.runs.create({ collab_id: 'a b', project_id: 'p%q', expt_id: 'é', run_id: 'r', rounds: 2 });
    await driver.runs.read({ collab_id: 'c', project_id: 'p', expt_id: 'e', run_id: 'r' });
    const base = '/behind/a/proxy/ttp/connect/collaborations';
    expect(seen).toEqual([
      [
        'POST',
        `${base}/a%20b/projects/p%25q/experiments/%C3%A9/runs`,
        'Bearer t',
        '{"run_id":"r","rounds":2}',
      ],
      ['GET', `${base}/c/projects/p/experiments/e/runs/r`, 'Bearer t', ''],
    ]);
  });

  it('reconnects while a job runs, with the id of the last event, through errors of a proxy', async () => {
    const asked: (string | undefined)[] = [];
    await using server = await listen((request, response) => {
      if (request.url === '/ttp/jobs/j')
        return void response.end(
          JSON.stringify({ data: { id: 'j', state: asked.length > 2 ? 'completed' : 'running' } }),
        );
      asked.push(request.headers['last-event-id'] as string | undefined);
      if (asked.length === 2) return void response.writeHead(503).end('<html>bad gateway</html>');
      const sequence = asked.length;
      response.end(`: hello\n\nid: ${sequence}\ndata: ${JSON.stringify({ type: 'tick', sequence })}\n\n`);
    });
    const events: JobEvent[] = [];
    const driver = new Driver({ url: server.url });
    for await (const event of driver.jobs.events({ job_id: 'j' })) {
      events.push(event);
      if (events.length === 2) break;
    }
    expect(asked).toEqual(['0', '1', '1']);
    expect(events).toMatchObject([{ sequence: 1 }, { sequence: 3 }]);
  });

  it('sends no request after the last event of a job', async () => {
    const asked: (string | undefined)[] = [];
    await using server = await listen((request, response) => {
      asked.push(request.url);
      response.end(`id: 1\ndata: ${JSON.stringify({ type: 'failed', sequence: 1 })}\n\n`);
    });
    const seen: string[] = [];
    for await (const { type } of new Driver({ url: server.url }).jobs.events({ job_id: 'j' }))
      seen.push(type);
    expect(seen).toEqual(['failed']);
    expect(asked).toEqual(['/ttp/jobs/j/events']);
  });
});

async function listen(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
