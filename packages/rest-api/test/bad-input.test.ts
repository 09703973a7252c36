import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createMetrics, createRestApi, RestPortInUse, serve } from '../src/index.js';
import { C, E, P, prepareProject, R, registrationOf, startServer, TOKEN } from './server.js';

describe('bad input', () => {
  it('names every invalid field', async () => {
    await using server = await startServer();
    await prepareProject(server);
    const { status, json } = await server.call('POST', P, { action: 'guess', start_at: 7 });
    expect(status).toBe(400);
    expect(json).toMatchObject({
      success: 0,
      status: 400,
      method: 'projects.post',
      params: { collab_id: 'c' },
    });
    expect(json.errors.map(({ path }: { path: string }) => path).sort()).toEqual([
      'action',
      'project_id',
      'start_at',
    ]);
    expect(json.message).toContain('action');
  });

  it('returns the errors of model and run checks', async () => {
    await using server = await startServer();
    await prepareProject(server);
    const model = await server.call('POST', E, { expt_id: 'x', model: [{ l_type: 'Liner', structure: {} }] });
    expect(model).toMatchObject({ status: 422, json: { errors: [{ path: 'model.0.l_type' }] } });
    const run = await server.call('POST', R, { run_id: 'x', rounds: 0 });
    expect(run).toMatchObject({ status: 400, json: { errors: [{ path: 'rounds' }] } });
    expect((await server.call('GET', `${R}/x`)).status).toBe(404);
  });

  it('names the unknown id', async () => {
    await using server = await startServer();
    await prepareProject(server);
    for (const [method, path, named, body] of [
      ['GET', `${C}/nowhere`, "Collaboration 'nowhere'"],
      ['GET', `${C}/nowhere/projects`, "Collaboration 'nowhere'"],
      ['POST', `${C}/nowhere/projects`, "Collaboration 'nowhere'", { project_id: 'p', action: 'classify' }],
      ['PUT', `${P}/none`, "Project 'c/none'", {}],
      ['DELETE', `${E}/none`, "Experiment 'c/p/none'"],
      ['POST', registrationOf('carol'), "Participant 'carol'", { role: 'guest' }],
    ] as const) {
      const { status, json } = await server.call(method, path, body);
      expect([path, status]).toEqual([path, 404]);
      expect(json.message).toContain(named);
    }
  });

  it('rejects a second record with the same id', async () => {
    await using server = await startServer();
    await prepareProject(server);
    const { status, json } = await server.call('POST', C, { collab_id: 'c' });
    expect(status).toBe(409);
    expect(json.message).toContain("'c' exists already");
  });

  it.each(['', '.', '..', 'a/b', 'a\\b', 'a\u0000b', 'line\nbreak', 'x'.repeat(201), 7])(
    'rejects %j as an id',
    async (id) => {
      await using server = await startServer();
      expect(await server.call('POST', C, { collab_id: id })).toMatchObject({
        status: 400,
        json: { errors: [{ path: 'collab_id' }] },
      });
    },
  );

  it('accepts ids of up to 200 characters', async () => {
    await using server = await startServer();
    expect((await server.call('POST', C, { collab_id: 'x'.repeat(200) })).status).toBe(201);
    expect((await server.call('POST', C, { collab_id: 'x'.repeat(201) })).status).toBe(400);
  });

  it('rejects ids in paths that no record can have', async () => {
    await using server = await startServer();
    expect((await server.call('GET', `${C}/a%2Fb`)).status).toBe(400);
    expect((await server.call('GET', `${C}/%E0%A4%A`)).status).toBe(400);
  });

  it.each([
    ['cut off', '{"collab_id": ', 400, 'not valid JSON'],
    ['a list', '[]', 400, 'expected object'],
    ['a text', '"text"', 400, 'expected object'],
    ['with a prototype', '{"collab_id":"c","__proto__":{"a":1}}', 400, '__proto__'],
    ['with an escaped prototype', '{"collab_id":"c","\\u005f_proto__":{"a":1}}', 400, '__proto__'],
    ['nested deeply', `{"collab_id":"c","logs":${'['.repeat(100)}${']'.repeat(100)}}`, 400, 'nested'],
    ['nested very deeply', `{"collab_id":"c","logs":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, 400, ''],
    ['of 300,000 values', `{"collab_id":"c","logs":[${'1,'.repeat(300_000)}1]}`, 400, '250000 values'],
    ['too large', `{"collab_id":"${'c'.repeat(11 * 2 ** 20)}"}`, 413, '10 MiB'],
  ])('rejects a body %s', async (_, body, status, message) => {
    await using server = await startServer();
    const answer = await server.call('POST', C, body);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ success: 0, status });
    expect(answer.json.message).toContain(message);
    expect((await server.call('GET', C)).json.data).toEqual([]);
  });

  it('refuses 6 MB of open arrays in less than 500 ms', async () => {
    await using server = await startServer();
    const body = '['.repeat(6_000_000);
    const startedMs = performance.now();
    const answer = await server.call('POST', C, body);
    expect(answer).toMatchObject({
      status: 400,
      json: { message: 'the body is nested more than 32 levels deep' },
    });
    expect(performance.now() - startedMs).toBeLessThan(500);
  });

  it('rejects a body in an encoding other than UTF-8', async () => {
    await using server = await startServer();
    const headers = { 'content-type': 'application/json; charset=utf-16le' };
    const { status, json } = await server.call('POST', C, '{"collab_id":"c"}', headers);
    expect([status, json.message]).toEqual([415, 'expected a body in UTF-8, got utf-16le']);
  });

  it('names the first 50 of many invalid fields, in a short message', async () => {
    await using server = await startServer();
    const { status, json } = await server.call('POST', C, {
      collab_id: 'c',
      ...Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`field${index}`, 1])),
      logs: Array.from({ length: 10_000 }, () => 1),
    });
    expect(status).toBe(400);
    expect(json.errors.length).toBeLessThanOrEqual(50);
    expect(json.message.length).toBeLessThan(2050);
  });

  it('rejects bodies without a JSON content type, and accepts a missing body as an empty one', async () => {
    await using server = await startServer();
    await prepareProject(server);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
      expect((await server.call('POST', C, '{"collab_id":"x"}', { 'content-type': type })).status).toBe(415);
    const token = await server.call('POST', '/ttp/connect/participants/alice/token', undefined, {
      'content-length': '0',
    });
    expect(token.status).toBe(201);
  });

  it('answers unknown paths and methods in the envelope', async () => {
    await using server = await startServer();
    for (const [method, path] of [
      ['GET', '/ttp'],
      ['POST', '/'],
      ['GET', '/ttp/evaluate/participants/alice/collaborations/c/predictions'],
      ['PATCH', `${C}/c`],
    ] as const)
      expect(await server.call(method, path)).toMatchObject({
        status: 404,
        json: { success: 0, status: 404, apiVersion: '0.1.0' },
      });
  });

  it('logs the details of an internal fault with an id, and returns only the id', async () => {
    const logged: { incident: string; err: Error }[] = [];
    const fail = () => Promise.reject(new Error('disk password is hunter2'));
    const broken = new Proxy({}, { get: () => fail });
    // The API wraps the record store's own methods.
    const records = { list: fail };
    const logger = {
      debug() {},
      info() {},
      warn() {},
      error: (fields: object) => logged.push(fields as never),
    };
    const app = createRestApi({
      records,
      jobs: broken,
      storage: { artifacts: broken, scratch: broken },
      checks: {},
      participants: broken,
      metrics: createMetrics({
        jobs: broken as never,
        connectedWorkers: () => 0,
        traffic: () => ({ receivedBytes: 0, sentBytes: 0 }),
      }),
      auth: { kind: 'none' },
      logger,
    } as never);
    const server = await serve(app, { port: 0 });
    const response = await fetch(`http://127.0.0.1:${server.port}${C}`);
    const text = await response.text();
    await server.close();
    expect(response.status).toBe(500);
    expect(text).not.toContain('hunter2');
    expect(text).toContain(logged[0]?.incident);
    expect(logged[0]?.err.message).toContain('hunter2');
  });
});

describe('authentication', () => {
  const status = async (url: string, authorization?: string) =>
    (await fetch(url, { headers: authorization === undefined ? {} : { authorization } })).status;
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

  it('accepts the token as Bearer or as the password of Basic, and nothing else', async () => {
    await using server = await startServer();
    const url = server.url + C;
    expect(await status(url, `Bearer ${TOKEN}`)).toBe(200);
    expect(await status(url, `bearer ${TOKEN}`)).toBe(200);
    expect(await status(url, basic(`user:${TOKEN}`))).toBe(200);
    for (const wrong of [
      undefined,
      'Bearer',
      `Bearer ${TOKEN}x`,
      TOKEN,
      basic(`${TOKEN}:user`),
      basic(`user:`),
      basic(''),
    ])
      expect([wrong, await status(url, wrong)]).toEqual([wrong, 401]);
  });

  it('explains how to send the token, before the request is validated', async () => {
    await using server = await startServer();
    const response = await fetch(server.url + C, {
      method: 'POST',
      body: '{',
      headers: { 'content-type': 'application/json' },
    });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('Basic');
    expect(await response.json()).toMatchObject({
      success: 0,
      status: 401,
      message: expect.stringContaining('Bearer'),
    });
  });

  it("rejects a participant's token", async () => {
    await using server = await startServer();
    await prepareProject(server);
    const { token } = (await server.call('POST', '/ttp/connect/participants/alice/token')).json.data;
    expect(await status(server.url + C, `Bearer ${token}`)).toBe(401);
  });

  it('is not required if it is switched off, nor for the health endpoints', async () => {
    await using open = await startServer({ auth: { kind: 'none' } });
    expect(await status(open.url + C)).toBe(200);
    await using closed = await startServer();
    expect(await status(`${closed.url}/healthz`)).toBe(200);
    expect(await status(`${closed.url}/readyz`)).toBe(200);
  });
});

describe('the server', () => {
  it('reports that its port is in use', async () => {
    await using server = await startServer();
    const port = Number(new URL(server.url).port);
    await expect(serve((() => {}) as never, { port })).rejects.toThrow(RestPortInUse);
    await expect(serve((() => {}) as never, { port })).rejects.toThrow(`port ${port}`);
  });

  it('closes while a client holds its connection open', async () => {
    const server = await serve(((_: unknown, response: { end(): void }) => response.end()) as never, {
      port: 0,
    });
    const socket = request({ port: server.port, headers: { connection: 'keep-alive' } });
    socket.on('error', () => {}).end();
    await new Promise((resolve) => socket.on('response', (response) => response.resume().on('end', resolve)));
    const startedMs = performance.now();
    await server.close();
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });

  it('describes all of its calls as OpenAPI', async () => {
    await using server = await startServer();
    const { json } = await server.call('GET', '/openapi.json');
    expect(json.openapi).toBe('3.1.0');
    expect(Object.keys(json.paths[`${C}/{collab_id}`])).toEqual(['get', 'put', 'delete']);
    const { schema } =
      json.paths['/ttp/connect/collaborations/{collab_id}/projects'].post.requestBody.content[
        'application/json'
      ];
    expect(schema.required).toEqual(['project_id', 'action']);
    expect(schema.properties.action.enum).toEqual(['regress', 'classify']);
    expect(json.paths).toHaveProperty('/ttp/jobs/{job_id}/events');
  });
});
