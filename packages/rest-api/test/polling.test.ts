import { describe, expect, it } from 'vitest';
import { EVALUATE, PREDICT, prepareProject, startServer, TRAIN, type ServerOptions } from './server.js';

const failing = (...kinds: readonly string[]): ServerOptions => ({
  handlers: (all) => ({
    ...all,
    ...Object.fromEntries(
      kinds.map((kind) => [
        kind,
        () =>
          Promise.reject(
            Object.assign(new Error(`${kind}: columns differ`), { code: 'alignment_impossible' }),
          ),
      ]),
    ),
  }),
});
const ASYNC = { prefer: 'respond-async' };

describe('GET of a missing record', () => {
  it.each([
    ['align', `${TRAIN}/alignments`, undefined, [`${TRAIN}/alignments`]],
    ['train', `${TRAIN}/models/e/r`, undefined, [`${TRAIN}/models`, `${TRAIN}/models/e`]],
    ['validate', `${EVALUATE}/validations/e/r`, undefined, [`${EVALUATE}/validations/e/r`]],
    ['predict', `${PREDICT}/p/e/r`, { tags: { p: [['new']] } }, [PREDICT, `${PREDICT}/p`]],
  ])('returns the reason why the newest job failed: %s', async (kind, path, body, lists) => {
    await using server = await startServer(failing(kind));
    await prepareProject(server);
    if (kind !== 'align' && kind !== 'train') await server.call('POST', `${TRAIN}/models/e/r`);
    const before = await server.call('GET', lists[0] ?? '');
    expect(before.json).toMatchObject({ success: 1, data: [] });
    expect(before.json.message).toBeUndefined();
    const { jobs } = (await server.call('POST', path, body, ASYNC)).json;
    await server.jobs.wait(jobs.at(-1));
    for (const list of lists) {
      const { json, status } = await server.call('GET', list);
      expect([list, status, json]).toMatchObject([
        list,
        200,
        { data: [], message: `${kind}: columns differ`, errors: [{ path: 'job', message: jobs.at(-1) }] },
      ]);
    }
  });

  it('answers 404 with the reason if the path identifies one record', async () => {
    await using server = await startServer(failing('train', 'validate'));
    await prepareProject(server);
    const path = `${TRAIN}/models/e/r`;
    expect((await server.call('GET', path)).json.message).toBe("Model 'c/p/e/r' does not exist");
    await server.call('POST', path);
    const { json } = await server.call('GET', path);
    expect(json).toMatchObject({
      status: 404,
      data: [],
      message: "Model 'c/p/e/r' does not exist: train: columns differ",
      errors: [{ path: 'job' }],
    });
  });

  it('returns the reason of the failed alignment that a training waited for', async () => {
    await using server = await startServer(failing('align'));
    await prepareProject(server);
    await server.call('POST', `${TRAIN}/models/e/r`);
    expect((await server.call('GET', `${TRAIN}/models`)).json.message).toBe('align: columns differ');
  });

  it('ignores an older failure if a newer job runs or a record exists', async () => {
    let fails = true;
    await using server = await startServer({
      handlers: (all) => ({
        ...all,
        train: async (context) => {
          if (fails) throw Object.assign(new Error('too few updates'), { code: 'quorum_missed' });
          return all.train?.(context);
        },
      }),
    });
    await prepareProject(server);
    await server.call('POST', `${TRAIN}/models/e/r`);
    expect((await server.call('GET', `${TRAIN}/models`)).json.message).toBe('too few updates');
    fails = false;
    await server.call('POST', `${TRAIN}/models/e/r`);
    const { json } = await server.call('GET', `${TRAIN}/models`);
    expect(json.data).toHaveLength(1);
    expect(json.message).toBeUndefined();
  });
});
