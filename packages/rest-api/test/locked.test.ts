import Libsql from 'libsql';
import { expect, it } from 'vitest';
import { C, prepareProject, startServer, TRAIN } from './server.js';

it('the API answers 503 while another process has the database locked, and the job waits', async () => {
  let begun = () => {};
  const running = new Promise<void>((resolve) => (begun = resolve));
  let go = () => {};
  const locked = new Promise<void>((resolve) => (go = resolve));
  await using server = await startServer({
    databaseWaitMs: 100,
    handlers: (work) => ({
      ...work,
      train: async (context) => {
        begun();
        await locked;
        return work.train?.(context);
      },
    }),
  });
  const { call, jobs } = server;
  await prepareProject(server);
  const training = call('POST', `${TRAIN}/models/e/r`, {});
  await running;
  const other = new Libsql(server.database);
  try {
    other.exec('begin immediate');
    go();
    const refused = await call('POST', C, { collab_id: 'another' });
    expect(refused).toMatchObject({ status: 503, json: { message: expect.stringMatching(/has locked/) } });
    expect(await call('GET', `${C}/c`)).toMatchObject({ status: 200 });
    expect(await call('GET', '/healthz')).toMatchObject({ status: 200 });
    other.exec('rollback');
  } finally {
    other.close();
  }
  expect(await training).toMatchObject({ status: 201 });
  expect((await jobs.list()).map(({ state }) => state)).toEqual(['completed', 'completed']);
  expect(await call('POST', C, { collab_id: 'another' })).toMatchObject({ status: 201 });
});
