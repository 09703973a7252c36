import { createJobStore, openDatabase } from '@synergos/artifacts';
import { Driver } from '@synergos/driver';
import { createInProcessQueue, type JobHandler } from '@synergos/scaling';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '../src/index.js';
import { jobs } from '../src/resources/jobs.js';
import type { Route } from '../src/route.js';
import { startServer, TOKEN, type TestServer } from './server.js';

const ids = { collab_id: 'c', project_id: 'p', expt_id: 'e' };

/** Ten jobs, of run-0 to run-9. */
async function submitTen({ jobs }: TestServer): Promise<readonly string[]> {
  const made: string[] = [];
  for (let index = 0; index < 10; index++) {
    const { id } = await jobs.submit('note', { ...ids, run_id: `run-${index}` });
    await jobs.wait(id);
    made.push(id);
  }
  return made;
}
const note = { handlers: () => ({ note: async () => null }) };
const idsOf = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id);

describe('GET /ttp/jobs', () => {
  it('returns the newest jobs in pages, oldest first, with the start of the older ones', async () => {
    await using server = await startServer(note);
    const made = await submitTen(server);
    const all = await server.call('GET', '/ttp/jobs');
    expect([idsOf(all.json.data), all.json.next]).toEqual([made, null]);
    const newest = await server.call('GET', '/ttp/jobs?limit=4');
    expect([idsOf(newest.json.data), newest.json.next]).toEqual([made.slice(6), made[6]]);
    const older = await server.call('GET', `/ttp/jobs?limit=4&before=${newest.json.next}`);
    expect(idsOf(older.json.data)).toEqual(made.slice(2, 6));
    const oldest = await server.call('GET', `/ttp/jobs?limit=4&before=${older.json.next}`);
    expect([idsOf(oldest.json.data), oldest.json.next]).toEqual([made.slice(0, 2), null]);
  });

  it('filters by state, kind and run', async () => {
    await using server = await startServer(note);
    const made = await submitTen(server);
    const found = async (query: string) => idsOf((await server.call('GET', `/ttp/jobs?${query}`)).json.data);
    expect(await found('run_id=run-3&collab_id=c')).toEqual([made[3]]);
    expect(await found('state=completed&kind=note&limit=1')).toEqual([made[9]]);
    expect(await found('state=failed')).toEqual([]);
    expect(await found('kind=train')).toEqual([]);
  });

  it.each(['limit=0', 'limit=1001', 'limit=many', 'state=lost', 'run_id=a%2Fb'])(
    'rejects %s by name',
    async (query) => {
      await using server = await startServer();
      const answer = await server.call('GET', `/ttp/jobs?${query}`);
      expect(answer).toMatchObject({ status: 400, json: { errors: [{ path: query.split('=')[0] }] } });
    },
  );

  it('is read completely, or page by page, by the Driver', async () => {
    await using server = await startServer(note);
    const made = await submitTen(server);
    const driver = new Driver({ url: server.url, token: TOKEN });
    expect(idsOf(await driver.jobs.readAll())).toEqual(made);
    const page = await driver.jobs.list({ limit: 3, before: made[5] ?? '' });
    expect([idsOf(page.jobs), page.next]).toEqual([made.slice(2, 5), made[2]]);
  });
});

it('a page of jobs reads one job more than it shows', async () => {
  const database = await openDatabase({ path: ':memory:' });
  const store = createJobStore(database);
  const read: (number | undefined)[] = [];
  const list: typeof store.list = async (filter) => {
    const found = await store.list(filter);
    read.push(found.length);
    return found;
  };
  const queue = createInProcessQueue({ store: { ...store, list } });
  for (let index = 0; index < 9; index++) await queue.submit('train', {});
  const [page] = jobs(queue) as readonly Route[];
  const { data } = await page!.handle({ query: { limit: 2 }, params: {} } as never);
  expect([(data as object[]).length, read]).toEqual([2, [3]]);
  await queue.close();
  await database.close();
});

it('/metrics counts jobs without reading them', async () => {
  const database = await openDatabase({ path: ':memory:' });
  const store = createJobStore(database);
  const queue = createInProcessQueue({
    store: { ...store, list: () => Promise.reject(new Error('all jobs were read')) },
  });
  for (let index = 0; index < 3; index++) await queue.submit('train', {});
  const metrics = createMetrics({
    jobs: queue,
    connectedWorkers: () => 0,
    traffic: () => ({ receivedBytes: 0, sentBytes: 0 }),
  });
  let text = '';
  const response = { type: () => ({ send: (sent: string) => (text = sent) }) };
  await metrics.serve({} as never, response as never, () => undefined);
  expect(text).toContain('synergos_jobs{state="queued"} 3');
  expect(text).toContain('synergos_jobs{state="failed"} 0');
  await queue.close();
  await database.close();
});

describe('event streams', () => {
  it('are limited: one too many is refused until another has closed', async () => {
    const endless: JobHandler = ({ signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    await using server = await startServer({ mostEventStreams: 2, handlers: () => ({ endless }) });
    const { id } = await server.jobs.submit('endless', ids);
    const path = `/ttp/jobs/${id}/events`;
    const open = async () => {
      const controller = new AbortController();
      const headers = { authorization: `Bearer ${TOKEN}` };
      const { signal } = controller;
      const response = await fetch(server.url + path, { headers, signal });
      return { status: response.status, close: () => controller.abort() };
    };
    const first = await open();
    const second = await open();
    expect([first.status, second.status]).toEqual([200, 200]);
    const refused = await server.call('GET', path);
    expect(refused).toMatchObject({ status: 503, json: { errors: [{ path: 'streams' }] } });
    expect(refused.json.message).toContain('2 event streams are open');
    expect(refused.headers.get('retry-after')).toBe('5');
    first.close();
    await expect.poll(async () => (await open()).status).toBe(200);
    second.close();
  });
});
