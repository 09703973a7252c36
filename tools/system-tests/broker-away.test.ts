import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listens } from '@synergos/services';
import { ClusterFederation } from './cluster-federation.js';
import { eventually, EXPERIMENT, IDS } from './federation.js';

/** Duration of each outage of RabbitMQ. */
const AWAY_MS = 1000 * Number(process.env.SYNERGOS_BROKER_AWAY_SECONDS ?? 5);
const RUN = { rounds: 8, epochs: 150 };

const federation = new ClusterFederation();
beforeAll(() => federation.start({ grids: 1, brokerAway: true }), 120_000);
afterAll(() => federation.close(), 60_000);

const start = async (run_id: string) => {
  await federation.createRun(run_id, RUN);
  return federation.driver.models.start({ ...IDS, expt_id: EXPERIMENT, run_id });
};
const read = (job_id: string) => federation.driver.jobs.read({ job_id });
const eventsOf = async (job_id: string) => {
  const events = [];
  for await (const event of federation.driver.jobs.events({ job_id })) events.push(event);
  return events;
};
const completed = (job_id: string) =>
  federation.driver.jobs.wait({ job_id }, { signal: AbortSignal.timeout(120_000) });

/** Waits for the duration of the outage; the director's REST API must answer all the time. */
async function sitItOut(): Promise<void> {
  expect(await listens(federation.rabbitmq.port)).toBe(false);
  let calls = 0;
  for (const end = Date.now() + AWAY_MS; Date.now() < end; await delay(100)) {
    const startedMs = performance.now();
    await federation.driver.projects.readAll({ collab_id: IDS.collab_id });
    expect(performance.now() - startedMs).toBeLessThan(2000);
    calls++;
  }
  expect(calls).toBeGreaterThan(AWAY_MS / 1000);
  expect(await listens(federation.rabbitmq.port)).toBe(false);
}

it('director and TTP start without RabbitMQ, store requests, and process them when it is available', async () => {
  const jobs = await start('early');
  await sitItOut();
  for (const job of jobs) expect(await read(job)).toMatchObject({ state: 'queued', attempts: 0 });
  expect((await fetch(`${federation.ttps[0]!.url}/readyz`)).status).toBe(503);
  await federation.rabbitmq.resume();
  for (const job of jobs) expect(await completed(job)).toMatchObject({ state: 'completed', attempts: 1 });
  expect((await fetch(`${federation.ttps[0]!.url}/readyz`)).status).toBe(200);
}, 360_000);

it('a training continues during an outage of RabbitMQ, and its result is delivered once, unchanged', async () => {
  const job = (await start('cut')).at(-1)!;
  await eventually('it trains', async () => (await read(job)).state === 'running', 60_000);
  await federation.rabbitmq.pause();
  const later = (await start('later')).at(-1)!;
  await sitItOut();
  for await (const event of federation.driver.jobs.events({ job_id: job }))
    if (event.type === 'round_started' && event.round === RUN.rounds) break;
  // The training is nearly complete or complete, and only its TTP has the result.
  expect(await read(job)).toMatchObject({ state: 'running', attempts: 1 });
  expect(await read(later)).toMatchObject({ state: 'queued', attempts: 0 });
  await federation.rabbitmq.resume();
  for (const id of [job, later]) {
    expect(await completed(id)).toMatchObject({ state: 'completed', attempts: 1 });
    const types = (await eventsOf(id)).map(({ type }) => type);
    expect(types.filter((type) => type === 'started' || type === 'completed')).toEqual([
      'started',
      'completed',
    ]);
    expect(types.filter((type) => type === 'round_started')).toHaveLength(RUN.rounds);
  }
  const weights = await federation.weights('early');
  expect(await federation.weights('cut')).toEqual(weights);
  expect(await federation.weights('later')).toEqual(weights);
}, 360_000);
