import { setTimeout as sleep } from 'node:timers/promises';
import { Driver, SynergosError, type JobEvent } from '@synergos/driver';
import { describe, expect, it } from 'vitest';
import { startServer, TOKEN, type TestServer } from './server.js';

const ids = { collab_id: 'c', project_id: 'p' };
const run = { ...ids, expt_id: 'e', run_id: 'r' };

async function prepare({ url }: TestServer, options: { fetch?: typeof fetch } = {}): Promise<Driver> {
  const driver = new Driver({ url, token: TOKEN, ...options });
  await driver.collaborations.create({ collab_id: 'c' });
  await driver.projects.create({ ...ids, action: 'classify' });
  await driver.experiments.create({ ...ids, expt_id: 'e', model: [{ l_type: 'Linear', structure: {} }] });
  await driver.runs.create({ ...run, rounds: 3 });
  for (const participant_id of ['alice', 'bob']) {
    await driver.participants.create({ participant_id, summary: 'a hospital' });
    const node_0 = { host: 'worker', port: 8020 };
    await driver.registrations.create({ ...ids, participant_id, role: 'guest', node_0 });
    await driver.tags.create({
      ...ids,
      participant_id,
      train: [['data', 'train']],
      evaluate: [['data', 'test']],
    });
  }
  return driver;
}

describe('Driver against the REST API', () => {
  it('creates, reads, lists, changes and deletes records', async () => {
    await using server = await startServer();
    const driver = await prepare(server);
    expect(await driver.health()).toEqual({ status: 'ok' });
    expect(await driver.projects.read(ids)).toMatchObject({ kind: 'Project', action: 'classify' });
    expect(await driver.collaborations.readAll()).toHaveLength(1);
    const { relations } = await driver.projects.read(ids, { relations: 'children' });
    expect(Object.keys(relations)).toEqual(['Experiment', 'Registration']);
    await expect(driver.runs.create({ ...run, rounds: 2 })).rejects.toMatchObject({ status: 409 });
    expect(await driver.runs.create({ ...run, rounds: 3 }, { overwrite: true })).toMatchObject({ rounds: 3 });
    expect(await driver.runs.readAll({ ...ids, expt_id: 'e' })).toMatchObject([{ run_id: 'r', rounds: 3 }]);
    expect(await driver.runs.update({ ...run, rounds: 4 })).toMatchObject({
      rounds: 4,
      algorithm: 'FedProx',
    });
    expect(await driver.tags.read({ ...ids, participant_id: 'bob' })).toMatchObject({
      train: [['data', 'train']],
    });
    expect(await driver.experiments.delete({ ...ids, expt_id: 'e' })).toMatchObject({ kind: 'Experiment' });
    await expect(driver.runs.read(run)).rejects.toMatchObject({ status: 404, code: 'http_404' });
  });

  it('lists registrations by collaboration, project and participant', async () => {
    await using server = await startServer();
    const driver = await prepare(server);
    const count = async (filter: Parameters<typeof driver.registrations.readAll>[0]) =>
      (await driver.registrations.readAll(filter)).length;
    expect(await count({ collab_id: 'c' })).toBe(2);
    expect(await count(ids)).toBe(2);
    expect(await count({ participant_id: 'alice' })).toBe(1);
    expect(await count({ ...ids, participant_id: 'alice' })).toBe(1);
    expect(await driver.registrations.read({ ...ids, participant_id: 'alice' })).toMatchObject({
      n_count: 1,
      participant: { summary: 'a hospital' },
    });
  });

  it('issues tokens and reports connected workers', async () => {
    await using server = await startServer();
    const driver = await prepare(server);
    const { token } = await driver.participants.issueToken({ participant_id: 'alice' });
    expect(await server.tokens.verify('alice', token)).toBe('ok');
    expect(await driver.participants.status({ participant_id: 'alice' })).toMatchObject({ connected: true });
  });

  it('follows the events of work and resolves with the records', async () => {
    await using server = await startServer();
    const driver = await prepare(server);
    const events: JobEvent[] = [];
    const models = await driver.models.create(run, { onEvent: (event) => events.push(event) });
    expect(models).toMatchObject([{ kind: 'Model', global: { origin: 'ttp' } }]);
    const rounds = events.filter(({ type }) => type === 'round_completed');
    expect(rounds.map(({ round, rounds: all }) => [round, all])).toEqual([[1, 3], [2, 3], [3, 3]]); // prettier-ignore
    expect(new Set(events.map(({ job }) => job)).size).toBe(2);

    expect(await driver.alignments.readAll(ids)).toHaveLength(2);
    const [prediction] = await driver.predictions.create({
      ...run,
      participant_id: 'bob',
      tags: { [run.project_id]: [['new']] },
    });
    expect(prediction).toMatchObject({ kind: 'Prediction', participant_id: 'bob' });
    const { collab_id } = run;
    expect(await driver.predictions.readAll({ collab_id, participant_id: 'bob' })).toEqual([prediction]);
    expect(await driver.predictions.read({ ...run, participant_id: 'bob' })).toEqual(prediction);
    expect(await driver.validations.create(run)).toHaveLength(2);
    expect(await driver.validations.read({ ...run, participant_id: 'bob' })).toMatchObject({
      kind: 'Validation',
    });
    expect(await driver.models.artifacts(run)).toContain('global_model.safetensors');
    const bytes = await driver.models.download({ ...run, name: 'global_model.safetensors' });
    expect(Buffer.from(bytes).toString()).toBe('0123456789');
    expect((await driver.jobs.readAll()).map(({ state }) => state)).toEqual(Array(4).fill('completed'));
  });

  it('resumes after the last event when the connection breaks', async () => {
    await using server = await startServer();
    const resumed: string[] = [];
    const driver = await prepare(server, {
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        if (!String(input).endsWith('/events') || response.status !== 200) return response;
        resumed.push(new Headers(init?.headers).get('last-event-id') ?? '');
        return resumed.length > 3 ? response : breakAfterTwo(response);
      },
    });
    const [job_id = ''] = (await driver.models.start({ ...run })).slice(-1);
    const events: JobEvent[] = [];
    const job = await driver.jobs.wait({ job_id }, { onEvent: (event) => events.push(event) });
    expect(job.state).toBe('completed');
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(resumed.slice(0, 3)).toEqual(['0', '2', '4']);
  });

  it("rejects with the server's errors: invalid fields, missing phases, failed jobs", async () => {
    await using server = await startServer({
      handlers: (handlers) => ({
        ...handlers,
        train: () =>
          Promise.reject(Object.assign(new Error('layer 2 does not fit layer 1'), { code: 'invalid_model' })),
      }),
    });
    const driver = await prepare(server);
    await expect(driver.runs.create({ ...run, run_id: 's', rounds: 0 })).rejects.toMatchObject({
      name: 'SynergosError',
      status: 400,
      errors: [{ path: 'rounds' }],
    });
    await expect(driver.validations.create(run)).rejects.toMatchObject({ status: 409 });
    const failure = await driver.models.create(run).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SynergosError);
    expect(failure).toMatchObject({
      status: 422,
      code: 'invalid_model',
      message: 'layer 2 does not fit layer 1',
    });
    await expect(
      new Driver({ url: server.url, token: 'wrong' }).projects.readAll({ collab_id: 'c' }),
    ).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining('token'),
    });
  });

  it('stops waiting at once when its signal aborts; the job continues, or is cancelled on request', async () => {
    await using server = await startServer({
      handlers: (handlers) => ({
        ...handlers,
        align: ({ signal }) => sleep(20_000, undefined, { signal }),
      }),
    });
    const driver = await prepare(server);
    const stop = new AbortController();
    const onEvent = ({ type }: JobEvent) => type === 'started' && stop.abort(new Error('enough'));
    await expect(driver.alignments.create(ids, { signal: stop.signal, onEvent })).rejects.toThrow('enough');
    const [job] = await driver.jobs.readAll();
    expect(job?.state).toBe('running');
    expect(await driver.jobs.cancel({ job_id: job?.id ?? '' })).toMatchObject({ state: 'cancelled' });
    await expect(driver.jobs.wait({ job_id: job?.id ?? '' })).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('takes the token from the address, as the original client passes it', async () => {
    await using server = await startServer();
    const { hostname, port } = new URL(server.url);
    const driver = new Driver({ host: `user:${TOKEN}@${hostname}`, port: Number(port) });
    expect(await driver.collaborations.readAll()).toEqual([]);
  });
});

/** Breaks the connection after two events. */
function breakAfterTwo(response: Response): Response {
  let seen = '';
  const cut = new TransformStream<string, string>({
    transform(chunk, controller) {
      seen += chunk;
      const end = seen.split('\n\n', 2).join('\n\n').length + 2;
      if (seen.split('\n\n').length <= 2) return;
      controller.enqueue(seen.slice(0, end));
      controller.error(new TypeError('terminated'));
    },
  });
  const body = response.body!.pipeThrough(new TextDecoderStream()).pipeThrough(cut);
  return new Response(body.pipeThrough(new TextEncoderStream()), { status: 200 });
}
