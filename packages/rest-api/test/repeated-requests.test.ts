import type { JobHandler } from '@synergos/scaling';
import { describe, expect, it } from 'vitest';
import {
  EVALUATE,
  PREDICT,
  prepareProject,
  R,
  registrationOf,
  startServer,
  TRAIN,
  type ServerOptions,
  type TestServer,
} from './server.js';

const ASYNC = { prefer: 'respond-async' };
const KEY = { ...ASYNC, 'idempotency-key': 'training-1' };
const MODEL = `${TRAIN}/models/e/r`;

/** Handlers; some wait until they are released. */
function held(...kinds: readonly string[]) {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const handlers: NonNullable<ServerOptions['handlers']> = (all) => ({
    ...all,
    ...Object.fromEntries(
      kinds.map((kind): [string, JobHandler] => [
        kind,
        async (context) => {
          await released;
          return all[kind]?.(context);
        },
      ]),
    ),
  });
  return { handlers, release };
}

const kindsOf = async ({ jobs }: TestServer) => (await jobs.list()).map(({ kind }) => kind);
const post = async ({ call }: TestServer, path: string, body?: object, headers: object = ASYNC) =>
  (await call('POST', path, body, headers as Record<string, string>)).json.jobs as string[];

describe('a request that starts work', () => {
  it('runs once if it is sent four times, and all are answered with the records', async () => {
    const { handlers, release } = held('train');
    await using server = await startServer({ handlers });
    await prepareProject(server);
    const answers = [1, 2, 3, 4].map(() => server.call('POST', MODEL));
    await expect.poll(() => kindsOf(server)).toEqual(['align', 'train']);
    const [again] = await post(server, MODEL);
    release();
    for (const answer of await Promise.all(answers))
      expect(answer).toMatchObject({ status: 201, json: { data: [{ kind: 'Model' }] } });
    expect(await kindsOf(server)).toEqual(['align', 'train']);
    expect((await server.jobs.list()).map(({ id }) => id)).toContain(again);
    // The job has ended: the next request trains again.
    await server.call('POST', MODEL);
    expect(await kindsOf(server)).toEqual(['align', 'train', 'train']);
  });

  it.each([
    ['an alignment', `${TRAIN}/alignments`, undefined, 'align'],
    ['a validation', `${EVALUATE}/validations/e/r`, undefined, 'validate'],
    ['a prediction', `${PREDICT}/p/e/r`, { tags: { p: [['new']] } }, 'predict'],
    ['an optimization', `${TRAIN}/models/e/optimizations`, { search_space: { mu: 0.1 } }, 'optimize'],
  ])('joins %s that is queued or running', async (_what, path, body, kind) => {
    const { handlers, release } = held(kind);
    await using server = await startServer({ handlers });
    await prepareProject(server);
    if (kind !== 'align') await server.call('POST', MODEL);
    const first = await post(server, path, body);
    const again = await post(server, path, body);
    expect(again).toEqual(first);
    release();
    for (const id of first) await server.jobs.wait(id);
    expect(await post(server, path, body)).not.toEqual(first);
  });

  it('does not join other work: another run, other tags, other arguments', async () => {
    const { handlers, release } = held('train');
    await using server = await startServer({ handlers });
    await prepareProject(server);
    await server.call('POST', R, { run_id: 's' });
    await server.call('POST', `${TRAIN}/alignments`);
    const first = await post(server, MODEL);
    expect(await post(server, `${TRAIN}/models/e/s`)).not.toEqual(first);
    await server.call('PUT', `${R}/r`, { rounds: 5 });
    const changed = await post(server, MODEL);
    expect(changed).not.toEqual(first);
    expect(await post(server, `${TRAIN}/models`)).toEqual([...changed, expect.any(String)]);
    await server.call('PUT', `${registrationOf('alice')}/tags`, { train: [['other']] });
    const [align, train] = await post(server, MODEL);
    expect([...first, ...changed]).not.toContain(train);
    expect((await server.jobs.get(train ?? ''))?.after).toBe(align);
    release();
  });

  it('does not join a validation that is queued before a training', async () => {
    const { handlers, release } = held('validate');
    await using server = await startServer({ handlers });
    await prepareProject(server);
    await server.call('POST', MODEL);
    const validate = await post(server, `${EVALUATE}/validations/e/r`);
    await post(server, MODEL);
    expect(await post(server, `${EVALUATE}/validations/e/r`)).not.toEqual(validate);
    release();
  });
});

describe('Idempotency-Key', () => {
  it('returns the jobs of the first request, also after they have ended', async () => {
    await using server = await startServer();
    await prepareProject(server);
    const first = await post(server, MODEL, undefined, KEY);
    for (const id of first) await server.jobs.wait(id);
    expect(await post(server, MODEL, undefined, KEY)).toEqual(first);
    const waiting = await server.call('POST', MODEL, undefined, { 'idempotency-key': 'training-1' });
    expect(waiting).toMatchObject({ status: 201, json: { data: [{ kind: 'Model' }] } });
    expect(await kindsOf(server)).toEqual(['align', 'train']);
    const other = await post(server, MODEL, undefined, { ...KEY, 'idempotency-key': 'training-2' });
    expect(first).not.toContain(other.at(-1));
  });

  it('repeats the failure of its job', async () => {
    const handlers: ServerOptions['handlers'] = (all) => ({
      ...all,
      train: () =>
        Promise.reject(Object.assign(new Error('layer 2 does not fit'), { code: 'invalid_model' })),
    });
    await using server = await startServer({ handlers });
    await prepareProject(server);
    const call = () => server.call('POST', MODEL, undefined, { 'idempotency-key': 'k' });
    const first = await call();
    expect(first).toMatchObject({ status: 422, json: { message: 'layer 2 does not fit' } });
    expect((await call()).json).toEqual(first.json);
    expect(await kindsOf(server)).toEqual(['align', 'train']);
  });

  it.each([
    ['another request', `${TRAIN}/models/e`, undefined, KEY, 422],
    ['another body', MODEL, { auto_align: false }, KEY, 422],
    ['no text', MODEL, undefined, { 'idempotency-key': '' }, 400],
    ['a long text', MODEL, undefined, { 'idempotency-key': 'k'.repeat(256) }, 400],
  ])('is rejected for %s', async (_what, path, body, headers, status) => {
    await using server = await startServer();
    await prepareProject(server);
    await post(server, MODEL, undefined, KEY);
    const answer = await server.call('POST', path, body, headers);
    expect(answer).toMatchObject({ status, json: { errors: [{ path: 'Idempotency-Key' }] } });
  });
});
