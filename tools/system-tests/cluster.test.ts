import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultProxy } from '@synergos/fault-proxy';
import { islands } from '@synergos/example-penguins/penguins';
import { ClusterFederation } from './cluster-federation.js';
import { eventually, EXPERIMENT, IDS } from './federation.js';

const federation = new ClusterFederation();
let undisturbed: Float32Array;

beforeAll(async () => {
  await federation.start({ grids: 2 });
}, 240_000);
afterAll(() => federation.close(), 60_000);

const PROJECT = `collaborations/${IDS.collab_id}/projects/${IDS.project_id}`;

/** A call as the original client makes it: only the token in the headers, the body as JSON. */
async function call(method: string, path: string, body?: object) {
  const response = await fetch(`${federation.director.url}/ttp/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${federation.director.adminToken}`,
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as {
    success: number;
    data: unknown;
    jobs: string[];
    errors: unknown;
  };
  return { status: response.status, ...answer };
}

/** POST answers at once without data; then GET is polled until the records appear. */
async function work(path: string, at = path, method = 'POST') {
  const startedMs = performance.now();
  const { status, data, jobs } = await call(method, path, { auto_align: true });
  expect({ status, data }).toEqual({ status: 202, data: [] });
  expect(performance.now() - startedMs).toBeLessThan(3000);
  expect(jobs.length).toBeGreaterThan(0);
  const read = await eventually(
    `data at ${at}`,
    async () => {
      const answer = await call('GET', at);
      const isThere = Array.isArray(answer.data) ? answer.data.length > 0 : answer.success === 1;
      return isThere && answer;
    },
    120_000,
  );
  return { jobs, data: read.data as Record<string, unknown>[] };
}

/** Rounds long enough to be interrupted. */
const LONG = { rounds: 8, epochs: 150 };

/** Starts a training and waits until it runs a round. */
async function startTraining(run_id: string, round: number) {
  await federation.createRun(run_id, LONG);
  // The last job: an alignment may precede it.
  const job_id = (await federation.driver.models.start({ ...IDS, expt_id: EXPERIMENT, run_id })).at(-1) ?? '';
  const holder = await eventually(
    `round ${round} of ${run_id}`,
    async () => {
      for await (const event of federation.driver.jobs.events({ job_id }))
        if (event.type === 'round_started' && event.round === round) break;
      return (await federation.driver.jobs.read({ job_id })).holder;
    },
    120_000,
  );
  return { job_id, grid: Number(holder?.replace('ttp-', '')) };
}

const completed = (job_id: string) =>
  federation.driver.jobs.wait({ job_id }, { signal: AbortSignal.timeout(150_000) });
const eventsOf = async (job_id: string) => {
  const types: string[] = [];
  for await (const { type } of federation.driver.jobs.events({ job_id })) types.push(type);
  return types;
};

it('supports the flow of the original client: POST answers at once without data, GET shows the records as they arrive', async () => {
  const { data: alignments } = await work(`train/${PROJECT}/alignments`);
  expect(alignments).toHaveLength(3);
  await federation.createRun('undisturbed', LONG);
  const { jobs } = await work(`train/${PROJECT}/models`, `train/${PROJECT}/models/${EXPERIMENT}`);
  expect(await completed(jobs[0]!)).toMatchObject({ state: 'completed', attempts: 1 });
  const { data: validations } = await work(`evaluate/${PROJECT}/validations`);
  expect(validations.map(({ key }) => (key as { participant_id: string }).participant_id).length).toBe(3);
  const [island] = islands;
  await call('PUT', `connect/${PROJECT}/participants/${island}/registration/tags`, {
    predict: [['penguins', 'evaluate']],
  });
  const at = `evaluate/participants/${island}/collaborations/${IDS.collab_id}/predictions`;
  const { data: predictions } = await work(`${at}/${IDS.project_id}`, at);
  expect(predictions).toHaveLength(1);
  undisturbed = await federation.weights('undisturbed');
  const grids = await call('GET', 'grids');
  expect(grids.data).toMatchObject([
    { ttp: 'ttp-0', grid: 0, participants: [{ connected: true }, { connected: true }, { connected: true }] },
    { ttp: 'ttp-1', grid: 1 },
  ]);
  const status = await federation.driver.participants.status({ participant_id: island });
  expect(status).toMatchObject({ participant: island, connected: true });
}, 300_000);

describe('a disturbed training', () => {
  it('resumes from its last checkpoint on another grid if its TTP is killed', async () => {
    const { job_id, grid } = await startTraining('ttp-killed', 4);
    await federation.killTtp(grid);
    const job = await completed(job_id);
    expect(job).toMatchObject({ state: 'completed', holder: `ttp-${1 - grid}`, attempts: 2 });
    const types = await eventsOf(job_id);
    expect(types.filter((type) => type === 'completed' || type === 'started')).toEqual([
      'started',
      'started',
      'completed',
    ]);
    expect(types).toContain('resumed');
    expect(await federation.weights('ttp-killed')).toEqual(undisturbed);
    await federation.startTtp(grid);
  }, 240_000);

  it('is returned and resumes on another grid at once if its TTP is stopped', async () => {
    const { job_id, grid } = await startTraining('ttp-stopped', 3);
    federation.ttps[grid]!.process.kill('SIGTERM');
    expect(await completed(job_id)).toMatchObject({ holder: `ttp-${1 - grid}`, attempts: 2 });
    expect(await federation.weights('ttp-stopped')).toEqual(undisturbed);
    await federation.startTtp(grid);
  }, 240_000);

  it('ends with the undisturbed model if the director is killed between its publication and its record', async () => {
    await federation.createRun('director-killed', LONG);
    const ids = { ...IDS, expt_id: EXPERIMENT, run_id: 'director-killed' };
    const job_id = (await federation.driver.models.start(ids)).at(-1) ?? '';
    await federation.restartDirector();
    expect(await completed(job_id)).toMatchObject({ state: 'completed', attempts: 1 });
    expect(await federation.weights('director-killed')).toEqual(undisturbed);
  }, 240_000);

  it('ends with the undisturbed model if RabbitMQ is restarted', async () => {
    const { job_id } = await startTraining('broker-restarted', 3);
    await federation.rabbitmq.pause();
    await federation.rabbitmq.resume();
    expect(await completed(job_id)).toMatchObject({ state: 'completed', attempts: 1 });
    expect(await federation.weights('broker-restarted')).toEqual(undisturbed);
  }, 300_000);

  it('delivers its result once if its TTP loses RabbitMQ and continues', async () => {
    await using proxy = await FaultProxy.start(federation.rabbitmq.port);
    await federation.killTtp(0);
    await federation.killTtp(1);
    await federation.startTtp(0, [], proxy.port);
    const { job_id } = await startTraining('cut-off', 3);
    proxy.plan = () => ({ refuse: true });
    proxy.cut();
    await federation.startTtp(1);
    await delay(4000);
    proxy.plan = () => ({});
    expect(await completed(job_id)).toMatchObject({ state: 'completed', holder: 'ttp-0', attempts: 1 });
    expect((await eventsOf(job_id)).filter((type) => type === 'completed')).toHaveLength(1);
    expect(await federation.weights('cut-off')).toEqual(undisturbed);
    await federation.killTtp(0);
    await federation.startTtp(0);
  }, 300_000);
});

it('a grid without a worker blocks no work: the other one runs it', async () => {
  await federation.killWorker(0, 'dream');
  const { job_id, grid } = await startTraining('one-grid', 1);
  expect(grid).toBe(1);
  await completed(job_id);
  federation.startWorker(0, 'dream');
}, 240_000);

it('work that no grid can run is rejected before a job is published, with the field', async () => {
  const project = { collab_id: IDS.collab_id, project_id: 'without-nodes' };
  await federation.driver.projects.create({ ...project, action: 'classify' });
  await federation.driver.registrations.create({ ...project, participant_id: 'dream', role: 'host' });
  await federation.driver.tags.create({
    ...project,
    participant_id: 'dream',
    train: [['penguins', 'train']],
  });
  const before = (await federation.driver.jobs.readAll()).length;
  const answer = await call(
    'POST',
    `train/collaborations/${IDS.collab_id}/projects/without-nodes/alignments`,
    {},
  );
  expect(answer).toMatchObject({ status: 422, errors: [{ path: 'node_0' }] });
  expect(await federation.driver.jobs.readAll()).toHaveLength(before);
});

describe('an invalid start', () => {
  const start = (app: string, ...args: string[]) => {
    const manifest = createRequire(import.meta.url).resolve(`${app}/package.json`);
    const run = spawnSync(process.execPath, [join(manifest, '..', 'dist', 'main.js'), ...args], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect(run.stderr).toMatch(/^error: .*\n$/);
    expect(run.status).toBe(2);
    return run.stderr;
  };
  const queue = () => ['--queue', 'rabbitmq', '127.0.0.1', String(federation.rabbitmq.port)];
  const database = () => `sqlite:${join(federation.directory, 'director', 'data', 'records.sqlite')}`;

  it.each(['@synergos/ttp-cluster', '@synergos/director'])(
    'of %s without a queue, or with an unknown one, exits with code 2',
    (app) => {
      const needed = ['--database', 'sqlite:x'];
      expect(start(app, ...needed)).toContain('--queue is needed: expected rabbitmq HOST PORT');
      expect(start(app, ...needed, '-mq', 'kafka', 'localhost', '9092')).toContain("unknown queue 'kafka'");
      expect(start(app, ...needed, '--queue', 'rabbitmq', 'localhost', '0')).toContain("'0' is not a port");
      expect(start(app, ...needed, '--queue', 'rabbitmq', 'localhost')).toContain("'' is not a port");
    },
    120_000,
  );

  it('with a grid that is not an index exits with code 2', () => {
    expect(start('@synergos/ttp-cluster', '--grid', '-1')).toContain('--grid');
  });

  it('of a second director on the same records exits with code 2', () => {
    const folders = ['--data-dir', join(federation.directory, 'director', 'data')];
    expect(start('@synergos/director', ...folders, ...queue(), '--port', '0')).toContain(
      'another process works on the database',
    );
  });

  it('with outputs that are not shared exits with code 2', () => {
    const folders = [
      '--data-dir',
      join(federation.directory, 'x'),
      '--outputs-dir',
      join(federation.directory, 'y'),
    ];
    const args = ['--database', database(), ...folders, ...queue(), '--port', '0', '--data-port', '0'];
    expect(start('@synergos/ttp-cluster', ...args)).toContain('is not the outputs directory');
  });
});
