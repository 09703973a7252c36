import { once } from 'node:events';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { globalModelFile, writeManifest } from '@synergos/artifacts';
import { createMemoryArtifactStore } from '@synergos/artifacts/conformance';
import { describe, expect, it } from 'vitest';
import {
  E,
  EVALUATE,
  P,
  prepareProject,
  R,
  startServer,
  TOKEN,
  TRAIN,
  type ServerOptions,
} from './server.js';

const failing = (kind: string, code: string, message: string): ServerOptions => ({
  handlers: (handlers) => ({
    ...handlers,
    [kind]: () => Promise.reject(Object.assign(new Error(message), { code })),
  }),
});

describe('work', () => {
  it('returns alignments, models and validations when they are done', async () => {
    await using server = await startServer();
    await prepareProject(server);
    const aligned = await server.call('POST', `${TRAIN}/alignments`, { auto_align: true, auto_fix: true });
    expect(aligned).toMatchObject({ status: 201, json: { method: 'alignments.post', status: 201 } });
    expect(aligned.json.data).toMatchObject([
      { key: { participant_id: 'alice' } },
      { key: { participant_id: 'bob' } },
    ]);

    const body = { auto_align: true, dockerised: true, verbose: true, log_msgs: true };
    const trained = await server.call('POST', `${TRAIN}/models/e/r/`, body);
    expect(trained.json).toMatchObject({
      success: 1,
      method: 'models.post',
      params: { expt_id: 'e', run_id: 'r' },
    });
    expect(trained.json.data).toMatchObject([{ kind: 'Model', global: { origin: 'ttp' } }]);
    expect((await server.call('GET', `${TRAIN}/models/e/r`)).json.data).toEqual(trained.json.data);

    const validated = await server.call('POST', `${EVALUATE}/validations/e/r`);
    expect(validated.json.data).toHaveLength(2);
    const one = await server.call('GET', `${EVALUATE}/validations/e/r/alice`);
    expect(one.json.data).toMatchObject([{ kind: 'Validation', evaluate: { statistics: { R2: 1 } } }]);
    const jobs = (await server.jobs.list()).map(({ kind }) => kind);
    expect(jobs).toEqual(['align', 'train', 'validate']);
  });

  it('trains every combination below the path, after an alignment if one is missing', async () => {
    await using server = await startServer();
    await prepareProject(server);
    await server.call('POST', R, { run_id: 's' });
    await server.call('POST', E, { expt_id: 'f', model: [{ l_type: 'Linear' }] });
    await server.call('POST', `${E}/f/runs`, { run_id: 'r' });
    const { json } = await server.call('POST', `${TRAIN}/models`);
    expect(json.data).toHaveLength(3);
    const jobs = await server.jobs.list();
    expect(jobs.map(({ kind, payload }) => [kind, payload.expt_id, payload.run_id])).toEqual([
      ['align', undefined, undefined],
      ['train', 'e', 'r'],
      ['train', 'e', 's'],
      ['train', 'f', 'r'],
    ]);
    await server.call('POST', `${TRAIN}/models/f`);
    expect((await server.jobs.list()).slice(4).map(({ payload }) => payload.expt_id)).toEqual(['f']);
  });

  it('answers at once if the client prefers that, with the jobs and the location of the last one', async () => {
    await using server = await startServer();
    await prepareProject(server);
    const answer = await server.call('POST', `${TRAIN}/models`, undefined, { prefer: 'respond-async' });
    expect(answer.status).toBe(202);
    const { jobs, data } = answer.json;
    expect(jobs).toHaveLength(2);
    expect(answer.headers.get('location')).toBe(`/ttp/jobs/${jobs[1]}`);
    expect(data).toMatchObject({ id: jobs[1], kind: 'train' });
    await server.jobs.wait(jobs[1]);
    expect((await server.call('GET', `/ttp/jobs/${jobs[1]}`)).json.data).toMatchObject({
      state: 'completed',
      error: null,
    });
  });

  it('names the missing call if phases are out of order', async () => {
    await using server = await startServer();
    const { call } = server;
    expect((await call('POST', `${TRAIN}/alignments`)).status).toBe(404);
    await call('POST', '/ttp/connect/collaborations', { collab_id: 'c' });
    await call('POST', P, { project_id: 'p', action: 'classify' });
    expect(await call('POST', `${TRAIN}/alignments`)).toMatchObject({
      status: 409,
      json: { message: expect.stringContaining('registration') },
    });

    await using ready = await startServer();
    await prepareProject(ready);
    const unaligned = await ready.call('POST', `${TRAIN}/models/e/r`, { auto_align: false });
    expect(unaligned).toMatchObject({
      status: 409,
      json: { message: expect.stringContaining(`POST ${TRAIN}/alignments`) },
    });
    const untrained = await ready.call('POST', `${EVALUATE}/validations/e/r`);
    expect(untrained).toMatchObject({ status: 409, json: { message: expect.stringContaining('/models/') } });
    expect((await ready.call('POST', `${TRAIN}/models/e/none`)).status).toBe(404);
    expect((await ready.call('POST', `${TRAIN}/models/none`)).status).toBe(404);
    expect((await ready.call('GET', `${TRAIN}/models/e/r`)).status).toBe(404);
    await ready.call('DELETE', `${R}/r`);
    expect(await ready.call('POST', `${TRAIN}/models`)).toMatchObject({
      status: 409,
      json: { message: expect.stringContaining('runs') },
    });
    expect(await ready.jobs.list()).toEqual([]);
  });

  it.each([
    ['alignment_impossible', 422, false, 'columns differ'],
    ['invalid_model', 422, false, 'layer 2 does not fit'],
    ['invalid_arguments', 422, false, 'mu must be 0'],
    ['participants_missing', 503, true, 'not connected: bob'],
    ['deadline', 504, true, 'no answer'],
    ['invalid_dataset', 422, false, 'bob: heart: data.csv: line 3 has 2 cells'],
    ['participant_not_permitted', 503, true, 'bob: permission denied'],
    ['participant_file_failed', 503, true, 'bob: it vanished'],
    ['participant_exhausted', 503, true, 'bob: too many files are open'],
    ['participant_storage_full', 507, true, 'bob: the disk is full'],
    ['thread_died', 503, true, 'bob: the thread ended'],
    ['bad_reply', 502, false, 'bob: no samples'],
  ])(
    'a job that failed with %s is a %i with its message and id',
    async (code, status, retryable, message) => {
      await using server = await startServer(failing('align', code, message));
      await prepareProject(server);
      const { json, ...answer } = await server.call('POST', `${TRAIN}/alignments`);
      const [job] = await server.jobs.list();
      expect(answer.status).toBe(status);
      expect(json).toMatchObject({ success: 0, message, errors: [{ path: 'job', message: job?.id }] });
      expect((await server.call('GET', `/ttp/jobs/${job?.id}`)).json.data.error).toEqual({
        code,
        message,
        status,
        retryable,
      });
    },
  );

  it.each([
    ['an error without a code', {}],
    ['an error of the system', { code: 'ENOENT' }],
  ])('%s inside a job is reported only by the id of the job', async (_what, fields) => {
    await using server = await startServer({
      handlers: (handlers) => ({
        ...handlers,
        align: () => Promise.reject(Object.assign(new Error('secret path /root'), fields)),
      }),
    });
    await prepareProject(server);
    const answer = await server.call('POST', `${TRAIN}/alignments`);
    const [job] = await server.jobs.list();
    expect(answer.status).toBe(500);
    const shown = await server.call('GET', `/ttp/jobs/${job?.id}`);
    const events = await server.call('GET', `/ttp/jobs/${job?.id}/events`);
    for (const { text } of [answer, shown, events]) {
      expect(text).toContain(job?.id);
      expect(text).not.toContain('secret');
    }
  });

  it('does not train after a failed alignment', async () => {
    await using server = await startServer(failing('align', 'alignment_impossible', 'columns differ'));
    await prepareProject(server);
    expect((await server.call('POST', `${TRAIN}/models`)).status).toBe(422);
    const states = async () => (await server.jobs.list()).map(({ kind, state }) => [kind, state]);
    await expect.poll(states).toEqual([
      ['align', 'failed'],
      ['train', 'cancelled'],
    ]);
  });

  it('continues if the waiting client disconnects', async () => {
    const { handlers, release } = held('align');
    await using server = await startServer({ handlers });
    await prepareProject(server);
    const client = new AbortController();
    const headers = { authorization: `Bearer ${TOKEN}` };
    const waiting = fetch(`${server.url}${TRAIN}/alignments`, {
      method: 'POST',
      headers,
      signal: client.signal,
    });
    await expect.poll(async () => (await server.jobs.list()).map(({ state }) => state)).toEqual(['running']);
    client.abort();
    await expect(waiting).rejects.toThrow('aborted');
    release();
    const [job] = await server.jobs.list();
    expect((await server.jobs.wait(job?.id ?? '')).state).toBe('completed');
    expect((await server.call('GET', `${TRAIN}/alignments`)).json.data).toHaveLength(2);
  });
});

describe('jobs', () => {
  it('cancels a running job, once', async () => {
    const { handlers } = held('align');
    await using server = await startServer({ handlers });
    await prepareProject(server);
    const { jobs } = (
      await server.call('POST', `${TRAIN}/alignments`, undefined, { prefer: 'respond-async' })
    ).json;
    await expect.poll(async () => (await server.jobs.get(jobs[0]))?.state).toBe('running');
    expect((await server.call('POST', `/ttp/jobs/${jobs[0]}/cancel`)).json.data).toMatchObject({
      state: 'cancelled',
    });
    expect((await server.call('POST', `/ttp/jobs/${jobs[0]}/cancel`)).status).toBe(409);
    expect((await server.call('POST', '/ttp/jobs/none/cancel')).status).toBe(404);
    expect((await server.call('GET', '/ttp/jobs')).json.data).toHaveLength(1);
  });

  it('streams the events of a job, after the last one that the client received', async () => {
    await using server = await startServer();
    await prepareProject(server);
    const { jobs } = (
      await server.call('POST', `${TRAIN}/models/e/r`, undefined, { prefer: 'respond-async' })
    ).json;
    const path = `/ttp/jobs/${jobs[1]}/events`;
    const all = await server.call('GET', path);
    expect(all.headers.get('content-type')).toBe('text/event-stream');
    expect(types(all.text)).toEqual(['queued', 'started', ...Array(3).fill('round_completed'), 'completed']);
    const rest = await server.call('GET', path, undefined, { 'last-event-id': '4' });
    expect(types(rest.text)).toEqual(['round_completed', 'completed']);
    expect(rest.text).toContain('id: 5\n');
    expect(rest.text).toContain('"round":3');
    expect((await server.call('GET', path, undefined, { 'last-event-id': '6' })).status).toBe(204);
    expect((await server.call('GET', path, undefined, { 'last-event-id': 'six' })).status).toBe(400);
    expect((await server.call('GET', '/ttp/jobs/none/events')).status).toBe(404);
  });

  it('streams events as they happen', async () => {
    const { handlers, release } = held('align');
    await using server = await startServer({ handlers });
    await prepareProject(server);
    const { jobs } = (
      await server.call('POST', `${TRAIN}/alignments`, undefined, { prefer: 'respond-async' })
    ).json;
    const headers = { authorization: `Bearer ${TOKEN}` };
    const { body } = await fetch(`${server.url}/ttp/jobs/${jobs[0]}/events`, { headers });
    let text = '';
    for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (types(text).at(-1) === 'started') release();
    }
    expect(types(text)).toEqual(['queued', 'started', 'aligned', 'completed']);
  });
});

describe('artifacts', () => {
  const artifacts = `${TRAIN}/models/e/r/artifacts`;

  it.each([
    ['of this machine', undefined],
    ['on another machine', createMemoryArtifactStore()],
  ])('serves the files of a run from a store %s, completely and in ranges', async (_, store) => {
    await using server = await startServer(store === undefined ? {} : { artifacts: store });
    await prepareProject(server);
    expect((await server.call('GET', artifacts)).status).toBe(404);
    await server.call('POST', `${TRAIN}/models/e/r`);
    expect((await server.call('GET', artifacts)).json.data).toEqual([
      'global_loss_history.json',
      'global_model.safetensors',
    ]);
    const whole = await server.call('GET', `${artifacts}/global_model.safetensors`);
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-disposition': 'attachment; filename=global_model.safetensors',
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
    });
    expect(whole).toMatchObject({ status: 200, text: '0123456789' });
    const part = await server.call('GET', `${artifacts}/global_model.safetensors`, undefined, {
      range: 'bytes=2-4',
    });
    expect(part).toMatchObject({ status: 206, text: '234' });
    expect(part.headers.get('content-range')).toBe('bytes 2-4/10');
    const get = (headers: Record<string, string>, method = 'GET') =>
      server.call(method, `${artifacts}/global_model.safetensors`, undefined, headers);
    const beyond = await get({ range: 'bytes=10-' });
    expect(beyond.status).toBe(416);
    expect(beyond.headers.get('content-range')).toBe('bytes */10');
    const etag = whole.headers.get('etag') ?? '';
    // `fetch` adds `cache-control: no-cache` to conditional requests.
    const cached = httpGet(`${server.url}${artifacts}/global_model.safetensors`, {
      headers: { authorization: `Bearer ${TOKEN}`, 'if-none-match': etag },
    });
    const [{ statusCode }] = (await once(cached, 'response')) as [IncomingMessage];
    expect(statusCode).toBe(304);
    cached.destroy();
    expect(await get({ range: 'bytes=8-', 'if-range': etag })).toMatchObject({ status: 206, text: '89' });
    expect(await get({ range: 'bytes=8-', 'if-range': '"another"' })).toMatchObject({ status: 200 });
    expect(await get({ range: 'bytes=0-1,4-5' })).toMatchObject({ status: 200, text: '0123456789' });
    expect(await get({ range: 'bytes=-3' })).toMatchObject({ status: 206, text: '789' });
    const head = await get({}, 'HEAD');
    expect([head.status, head.headers.get('content-length'), head.text]).toEqual([200, '10', '']);
  });

  it('rejects a model file that differs from its manifest, and names it', async () => {
    await using server = await startServer();
    await prepareProject(server);
    await server.call('POST', `${TRAIN}/models/e/r`);
    const run = { collab: 'c', project: 'p', expt: 'e', run: 'r' };
    const about = { job: 'j', created_at: '', algorithm: 'FedAvg', arguments: {}, model: [], rounds: 3 };
    const names = { 'global_model.safetensors': {}, 'global_loss_history.json': {} };
    await writeManifest(server.artifacts, { run, ...about, parent: null, participants: {} }, names);
    await server.artifacts.put(globalModelFile(run), '0123456780');
    const path = `${artifacts}/global_model.safetensors`;
    for (const headers of [
      undefined,
      { range: 'bytes=0-4' },
      // Answered with the whole file.
      { range: 'bytes=8-', 'if-range': '"another"' },
      { range: 'bytes=5-6,0-1' },
    ]) {
      const refused = await server.call('GET', path, undefined, headers);
      expect(refused.status).toBe(409);
      expect(refused.json.message).toContain('global_model.safetensors: it has 10 bytes and the SHA-256');
    }
    // Later ranges of a download that was compared at its start.
    expect((await server.call('GET', path, undefined, { range: 'bytes=2-4' })).text).toBe('234');
    for (const name of ['global_loss_history.json', 'manifest.json'])
      expect((await server.call('GET', `${artifacts}/${name}`)).status).toBe(200);
  });

  it('serves no other files', async () => {
    await using server = await startServer();
    await prepareProject(server);
    await server.call('POST', `${TRAIN}/models/e/r`);
    for (const name of ['none', '..%2f..%2f..%2f..%2f..%2frecords.sqlite', '..%5crecords.sqlite'])
      expect([400, 404]).toContain((await server.call('GET', `${artifacts}/${name}`)).status);
  });
});

/** Handlers; one waits until it is released or cancelled. */
function held(kind: string) {
  const gate = new AbortController();
  const handlers: NonNullable<ServerOptions['handlers']> = (all) => ({
    ...all,
    [kind]: async (context) => {
      await sleep(20_000, undefined, { signal: AbortSignal.any([gate.signal, context.signal]) }).catch(
        () => undefined,
      );
      context.signal.throwIfAborted();
      return all[kind]?.(context);
    },
  });
  return { handlers, release: () => gate.abort() };
}

function types(stream: string): string[] {
  return [...stream.matchAll(/^event: (.*)$/gm)].map(([, type = '']) => type);
}
