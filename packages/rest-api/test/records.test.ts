import { readdirSync } from 'node:fs';
import { serversNamed } from '@synergos/artifacts';
import { describe, expect, it } from 'vitest';
import { C, E, P, prepareProject, R, registrationOf, startServer, TRAIN } from './server.js';

const LOGS = {
  host: 'graylog',
  ports: { main: 9000, ui: 9001, sysmetrics: 9300, director: 9400, ttp: 9500, worker: 9600 },
  secure: false,
};

describe('records over HTTP', () => {
  it('creates, reads, lists, changes and deletes a record in the envelope', async () => {
    await using server = await startServer();
    const { call } = server;
    const created = await call('POST', C, {
      collab_id: 'c',
      logs: LOGS,
    });
    expect(created.json).toMatchObject({
      apiVersion: '0.1.0',
      success: 1,
      status: 201,
      method: 'collaborations.post',
      params: {},
      data: {
        collab_id: 'c',
        kind: 'Collaboration',
        key: { collab_id: 'c' },
        logs: LOGS,
        relations: { Project: [] },
      },
    });
    expect(created.status).toBe(201);
    expect(created.json.data.doc_id).toEqual(expect.any(String));
    expect(Number.isNaN(Date.parse(created.json.data.created_at))).toBe(false);

    expect((await call('GET', `${C}/c`)).json).toMatchObject({
      method: 'collaborations.get',
      params: { collab_id: 'c' },
    });
    const changed = await call('PUT', `${C}/c`, { mlops: { host: 'mlflow' } });
    expect(changed.json.data).toMatchObject({ mlops: { host: 'mlflow' }, logs: LOGS });
    expect((await call('GET', C)).json.data).toHaveLength(1);
    const removed = await call('DELETE', `${C}/c`);
    expect(removed.json).toMatchObject({
      status: 200,
      method: 'collaborations.delete',
      data: { collab_id: 'c' },
    });
    expect((await call('GET', C)).json.data).toEqual([]);
  });

  it('removes a component of a collaboration with {}', async () => {
    await using server = await startServer();
    const { call } = server;
    await call('POST', C, { collab_id: 'c', logs: LOGS, catalogue: { host: 'data' }, meter: {} });
    const changed = await call('PUT', `${C}/c`, { catalogue: {} });
    expect(changed.json.data).toMatchObject({ logs: LOGS });
    for (const { json } of [changed, await call('GET', `${C}/c`)])
      for (const component of ['catalogue', 'meter']) expect(json.data).not.toHaveProperty(component);
  });

  it('shows a record with the records below it, by kind', async () => {
    await using server = await startServer();
    await prepareProject(server);
    const { data } = (await server.call('GET', `${P}/p`)).json;
    expect(data).toMatchObject({ action: 'classify', incentives: {}, universe_alignment: [] });
    expect(data.relations.Experiment).toMatchObject([{ expt_id: 'e' }]);
    expect(data.relations.Registration).toMatchObject([
      { participant_id: 'alice' },
      { participant_id: 'bob' },
    ]);
    const [listed] = (await server.call('GET', P)).json.data;
    expect(listed).toEqual(data);
  });

  it('fills in the defaults of a run, stores unknown arguments and reports those without effect', async () => {
    await using server = await startServer();
    await prepareProject(server);
    const { json } = await server.call('POST', R, {
      run_id: 'r2',
      collab_id: 'c',
      rounds: 5,
      colour: 'red',
      mu: null,
    });
    expect(json.data).toMatchObject({
      run_id: 'r2',
      algorithm: 'FedProx',
      rounds: 5,
      mu: 0.1,
      colour: 'red',
    });
    expect(json.ignored).toEqual(['colour']);
    const changed = await server.call('PUT', `${R}/r2`, { rounds: 7 });
    expect(changed.json.data).toMatchObject({ rounds: 7, colour: 'red', mu: 0.1 });
  });

  it('deletes all below a record with it', async () => {
    await using server = await startServer();
    await prepareProject(server);
    const { json } = await server.call('DELETE', `${C}/c`);
    expect(Object.keys(json.data.relations).sort()).toEqual([
      'Experiment',
      'Project',
      'Registration',
      'Run',
      'Tag',
    ]);
    expect((await server.call('GET', `${R}/r`)).status).toBe(404);
    expect((await server.call('GET', registrationOf('alice'))).status).toBe(404);
    expect((await server.call('GET', '/ttp/connect/participants/alice')).status).toBe(200);
  });

  it('ignores a trailing slash', async () => {
    await using server = await startServer();
    await server.call('POST', `${C}/`, { collab_id: 'c' });
    expect((await server.call('GET', `${C}/c/`)).json).toEqual((await server.call('GET', `${C}/c`)).json);
  });

  it('accepts ids with spaces and percent signs, encoded in paths', async () => {
    await using server = await startServer();
    const id = 'héllo wörld 50%';
    await server.call('POST', C, { collab_id: id });
    expect((await server.call('GET', `${C}/${encodeURIComponent(id)}`)).json.params).toEqual({
      collab_id: id,
    });
  });
});

describe('registrations and tags', () => {
  const node = { host: 'worker', port: 8020, f_port: 5000 };

  it('embed collaboration, project and participant, and keep nodes in grid order', async () => {
    await using server = await startServer();
    await prepareProject(server);
    await server.call('DELETE', registrationOf('alice'));
    const body = { role: 'host', n_count: 2, node_0: node, node_1: { ...node, port: 8021 } };
    const { status, json } = await server.call('POST', registrationOf('alice'), body);
    expect(status).toBe(201);
    expect(json).toMatchObject({ method: 'registration.post' });
    expect(json.data).toMatchObject({
      ...body,
      collaboration: { collab_id: 'c' },
      project: { action: 'classify' },
      participant: { participant_id: 'alice' },
    });
  });

  it('are the same records below the participant, and are listed on all four paths', async () => {
    await using server = await startServer();
    await prepareProject(server);
    const { call } = server;
    const below = '/ttp/connect/participants/alice/collaborations/c';
    expect((await call('GET', `${below}/projects/p/registration`)).json.data).toEqual(
      (await call('GET', registrationOf('alice'))).json.data,
    );
    expect((await call('GET', `${below}/projects/p/registration/tags`)).json.data.train).toEqual([
      ['data', 'train'],
    ]);
    const ids = async (path: string) =>
      (await call('GET', path)).json.data.map(
        ({ key }: { key: { participant_id: string } }) => key.participant_id,
      );
    expect(await ids(`${C}/c/registrations`)).toEqual(['alice', 'bob']);
    expect(await ids(`${P}/p/registrations`)).toEqual(['alice', 'bob']);
    expect(await ids('/ttp/connect/participants/alice/registrations')).toEqual(['alice']);
    expect(await ids(`${below}/registrations`)).toEqual(['alice']);
    expect((await call('GET', `${C}/nowhere/registrations`)).status).toBe(404);
  });

  it('rejects a missing or malformed node by name', async () => {
    await using server = await startServer();
    await prepareProject(server);
    await server.call('DELETE', registrationOf('alice'));
    const gap = await server.call('POST', registrationOf('alice'), {
      role: 'host',
      n_count: 2,
      node_0: node,
    });
    expect(gap).toMatchObject({ status: 400, json: { errors: [{ path: 'node_1' }] } });
    const bad = await server.call('POST', registrationOf('alice'), {
      role: 'host',
      node_0: { ...node, port: 99_999 },
    });
    expect(bad).toMatchObject({ status: 400, json: { errors: [{ path: 'node_0.port' }] } });
  });

  it('rejects tags outside of the data directory', async () => {
    await using server = await startServer();
    await prepareProject(server);
    for (const tag of [['..', 'etc'], ['/etc'], ['a/../../b'], ['..\\b']]) {
      const { status, json } = await server.call('PUT', `${registrationOf('alice')}/tags`, { train: [tag] });
      expect(status).toBe(400);
      expect(json.errors[0].path).toMatch(/^train\.0\./);
    }
  });

  it('accepts the empty lists that the original client sends', async () => {
    await using server = await startServer();
    await prepareProject(server);
    const body = { train: [['t']], evaluate: [], predict: [], model: [], hyperparameters: [] };
    expect(await server.call('PUT', `${registrationOf('alice')}/tags`, body)).toMatchObject({
      status: 200,
      json: { data: body },
    });
  });

  it.each([
    ['PUT', `${registrationOf('alice')}/tags`, { train: [['other']] }],
    ['DELETE', `${registrationOf('alice')}/tags`, undefined],
    ['DELETE', registrationOf('alice'), undefined],
    ['DELETE', '/ttp/connect/participants/alice', undefined],
    ['PUT', `${E}/e`, { model: [{ l_type: 'Linear', structure: { in_features: 3 } }] }],
    ['PUT', `${P}/p`, { action: 'regress' }],
  ])('%s %s drops earlier alignments', async (method, path, body) => {
    await using server = await startServer();
    await prepareProject(server);
    expect((await server.call('POST', `${TRAIN}/alignments`)).json.data).toHaveLength(2);
    expect((await server.call(method, path, body)).status).toBe(200);
    expect((await server.call('GET', `${TRAIN}/alignments`)).json.data).toEqual([]);
  });
});

describe('participants', () => {
  it('are identified by `participant_id`, or by `id` as in the original client', async () => {
    await using server = await startServer();
    const nulls = { category: null, summary: null, phone: null, email: null, socials: null };
    const created = await server.call('POST', '/ttp/connect/participants', { id: 'alice', ...nulls });
    expect(created.json).toMatchObject({ status: 201, data: { participant_id: 'alice', id: 'alice' } });
    const both = { id: 'short', participant_id: 'bob' };
    const { json } = await server.call('POST', '/ttp/connect/participants', both);
    expect(json.data).toMatchObject({ participant_id: 'bob', id: 'short' });
    const neither = await server.call('POST', '/ttp/connect/participants', { email: 'x@example.org' });
    expect(neither.json).toMatchObject({
      status: 400,
      errors: [{ path: 'participant_id', message: 'expected an id' }],
    });
  });

  it('issues a token that is valid for the data port until it is replaced or the participant is deleted', async () => {
    await using server = await startServer();
    await prepareProject(server);
    const issue = async () => (await server.call('POST', '/ttp/connect/participants/alice/token')).json.data;
    const first = await issue();
    expect(first.participant_id).toBe('alice');
    expect(await server.tokens.verify('alice', first.token)).toBe('ok');
    const second = await issue();
    expect(await server.tokens.verify('alice', first.token)).toBe('wrong token');
    expect(await server.tokens.verify('alice', second.token)).toBe('ok');
    await server.call('DELETE', '/ttp/connect/participants/alice');
    expect(await server.tokens.verify('alice', second.token)).toBe('unknown participant');
  });

  it('issues a token that expires, and returns its expiry', async () => {
    await using server = await startServer();
    await prepareProject(server);
    const path = '/ttp/connect/participants/alice/token';
    const { data } = (await server.call('POST', path, { expires_in: 3600 })).json;
    const validUntil = Date.parse(data.expires_at);
    expect(validUntil / 1000 - Date.now() / 1000).toBeCloseTo(3600, -2);
    expect(await server.tokens.verify('alice', data.token)).toEqual({ validUntil });
    expect((await server.call('POST', path, {})).json.data.expires_at).toBeNull();
    for (const expires_in of [0, -1, 1.5, '1h', 1e12])
      expect((await server.call('POST', path, { expires_in })).json).toMatchObject({
        status: 400,
        errors: [{ path: 'expires_in' }],
      });
  });

  it('reports whether the worker is connected', async () => {
    await using server = await startServer();
    await prepareProject(server);
    expect((await server.call('GET', '/ttp/participants/alice/status')).json.data).toMatchObject({
      connected: true,
    });
    expect((await server.call('GET', '/ttp/participants/bob/status')).json.data).toMatchObject({
      connected: false,
    });
    expect((await server.call('GET', '/ttp/participants/carol/status')).status).toBe(404);
  });
});

describe('ids in other scripts', () => {
  const LONG = '研究'.repeat(20);

  it('can be trained and deleted even if they are longer than a file name', async () => {
    await using server = await startServer();
    const { call, outputs } = server;
    const at = (below: string) => `${C}/${encodeURIComponent(LONG)}${below}`;
    await call('POST', C, { collab_id: LONG });
    await call('POST', at('/projects'), { project_id: 'p', action: 'classify' });
    await call('POST', at('/projects/p/experiments'), { expt_id: 'e', model: [{ l_type: 'Linear' }] });
    await call('POST', at('/projects/p/experiments/e/runs'), { run_id: 'r' });
    await call('POST', '/ttp/connect/participants', { participant_id: 'alice' });
    await call('POST', at('/projects/p/participants/alice/registration'), { role: 'guest' });
    await call('POST', at('/projects/p/participants/alice/registration/tags'), { train: [['train']] });
    const trained = await call(
      'POST',
      `/ttp/train/collaborations/${encodeURIComponent(LONG)}/projects/p/models/e/r`,
      {},
    );
    expect(trained).toMatchObject({ status: 201 });
    expect(readdirSync(outputs)).toHaveLength(1);
    expect(await call('DELETE', at(''))).toMatchObject({ status: 200 });
    expect(readdirSync(outputs)).toEqual([]);
    await call('POST', C, { collab_id: 'another' });
    expect(await call('DELETE', `${C}/another`)).toMatchObject({ status: 200 });
  });

  it('identify one record, composed or decomposed, in a body and in a path', async () => {
    await using server = await startServer();
    const { call } = server;
    const [composed, decomposed] = ['\u00e9cole', 'e\u0301cole'];
    expect((await call('POST', C, { collab_id: decomposed })).json.data.key.collab_id).toBe(composed);
    expect(await call('POST', C, { collab_id: composed })).toMatchObject({ status: 409 });
    for (const id of [composed, decomposed])
      expect(await call('GET', `${C}/${encodeURIComponent(id)}`)).toMatchObject({ status: 200 });
  });

  it('are rejected with an unpaired surrogate, which UTF-8 cannot encode', async () => {
    await using server = await startServer();
    const answer = await server.call('POST', C, '{"collab_id":"a\\ud800"}');
    expect(answer).toMatchObject({ status: 400, json: { message: expect.stringMatching(/surrogate/) } });
    expect((await server.call('GET', C)).json.data).toEqual([]);
  });
});

describe('addresses of services', () => {
  const body = (host: string) => ({ mlops: { host, ports: { main: 5500 } } });

  it.each(['::1', '[::1]', 'mlflow_server', 'münchen.example', ''])('takes the host %j', async (host) => {
    await using server = await startServer();
    expect(await server.call('POST', C, { collab_id: 'c', ...body(host) })).toMatchObject({ status: 201 });
  });

  it.each(['http://mlflow.example.org', 'mlflow.example.org:5000', 'mlflow.example.org/path'])(
    'rejects %j as a host of every service and node, in POST and PUT',
    async (host) => {
      await using server = await startServer();
      const { call } = server;
      const refused = { status: 400, json: { message: expect.stringMatching(/host: expected a host name/) } };
      for (const service of ['catalogue', 'meter', 'mlops', 'mq', 'logs'])
        expect(await call('POST', C, { collab_id: 'c', [service]: { host } })).toMatchObject(refused);
      await prepareProject(server);
      expect(await call('PUT', `${C}/c`, body(host))).toMatchObject(refused);
      const node = { role: 'guest', n_count: 1, node_0: { host, port: 8020 } };
      expect(await call('PUT', registrationOf('alice'), node)).toMatchObject(refused);
    },
  );

  it('rejects an MLflow server that the operator does not allow', async () => {
    await using server = await startServer({ allowsTracker: serversNamed(['mlflow:5500', '[::1]']) });
    const { call } = server;
    expect(await call('POST', C, { collab_id: 'c', ...body('mlflow') })).toMatchObject({ status: 201 });
    expect(await call('PUT', `${C}/c`, body('::1'))).toMatchObject({ status: 200 });
    expect(await call('PUT', `${C}/c`, body('evil.example'))).toMatchObject({
      status: 400,
      json: { message: expect.stringMatching(/http:\/\/evil\.example:5500.*--mlflow-host/) },
    });
    const elsewhere = { mlops: { host: 'mlflow', ports: { main: 22 } } };
    expect(await call('PUT', `${C}/c`, elsewhere)).toMatchObject({ status: 400 });
  });
});

it('responses with tokens and records are not cached', async () => {
  await using server = await startServer();
  await prepareProject(server);
  const { headers } = await server.call('POST', '/ttp/connect/participants/alice/token', {});
  expect(headers.get('cache-control')).toBe('no-store');
});
