import { AsyncLocalStorage } from 'node:async_hooks';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  createMlflowFolder,
  createMlflowServer,
  Tracking,
  type JobEnding,
  type Destination,
  type Metric,
  type TrackedRun,
  type TrackingOptions,
} from '../src/index.js';
import { startFront, type Prank } from './front.js';
import { MlflowReader, mlflowPython, MlflowServer, type ReadRun } from './mlflow.js';
import { temporaryFolder } from './temporary-folder.js';

const python = mlflowPython();
const at = (step: number): Metric => ({ key: 'loss', value: 1 / step, step, timestampMs: 1_000_000 + step });
const steps = (run: ReadRun | undefined) => run?.metrics.loss?.map(([step]) => step);
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
const runOf = (id: string): TrackedRun => ({ id, experiment: `of ${id}`, name: id, startedMs: Date.now() });

/** Tracking with one destination for all runs, and its log lines. */
async function open(destination: Destination, change: Partial<TrackingOptions> = {}) {
  const lines: { level: string; message: string; fields: object }[] = [];
  const say = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, message, fields });
  const directory = change.directory ?? temporaryFolder();
  const tracking = await Tracking.open({
    directory,
    destinationOf: async () => destination,
    retry: { firstMs: 20, mostMs: 200 },
    logger: { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') },
    ...change,
  });
  onTestFinished(() => tracking.close());
  const warnings = () => lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
  const waiting = () => readdirSync(directory);
  return {
    tracking,
    directory,
    lines,
    warnings,
    waiting,
    allSent: () => vi.waitFor(() => expect(waiting()).toEqual([]), 120_000),
  };
}

const server = (url: string): Destination => ({ name: url, tracker: createMlflowServer({ url }) });

describe.skipIf(python === undefined)('tracking to a real MLflow server', { timeout: 300_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'synergos-tracking-'));
  const mlflow = new MlflowServer(python ?? '', join(directory, 'server'));
  const reader = new MlflowReader(python ?? '');
  const read = async ({ experiment }: TrackedRun) =>
    (await reader.read(mlflow.url, { experiment })).flatMap(({ runs }) => runs);
  beforeAll(() => mlflow.port());
  afterAll(async () => {
    reader.close();
    await mlflow.kill();
    rmSync(directory, { recursive: true });
  });

  it('stores entries while there is no server, even if its own process is killed, and sends them in order', async () => {
    const outbox = temporaryFolder();
    const script = join(import.meta.dirname, 'tracked-process.mjs');
    const child = spawn(process.execPath, [script, outbox, mlflow.url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => (said += part));
    await vi.waitFor(() => expect(said).toContain('\n300\n'), 30_000);
    child.kill('SIGKILL');
    await once(child, 'close');
    const last = Number(said.split('\n').at(-2));

    const { tracking, warnings, lines, allSent } = await open(server(mlflow.url), { directory: outbox });
    // The round in progress when the process died is repeated and tracked again.
    const run = { id: 'job', experiment: 'killed', name: 'run', startedMs: 2 };
    const journal = await tracking.begin('collab', run);
    for (const step of [last - 1, last, last + 1, last + 2])
      await journal.log(`round:${step}`, { metrics: [{ ...at(step), timestampMs: Date.now() }] });
    const model = join(directory, 'model');
    writeFileSync(model, 'weights');
    await journal.artifact('model/weights', async () => ({ file: model }));
    // A later replacement of the file does not change the tracked copy.
    rmSync(model);
    writeFileSync(model, 'other weights');
    await journal.end('FINISHED');
    expect(warnings()).toEqual(['tracking entries wait and are sent later; runs are not affected']);

    await mlflow.start();
    await allSent();
    expect(lines.at(-1)?.message).toBe('tracking goes on: all that waited was sent');
    const [shown, ...more] = await read(run);
    expect(more).toEqual([]);
    expect(shown).toMatchObject({ status: 'FINISHED', started: 1 });
    const told = steps(shown) ?? [];
    // One more step may be stored than the process had time to print.
    expect([last + 2, last + 3]).toContain(told.length);
    expect(told).toEqual(upTo(told.length));
    const times = shown?.metrics.loss?.map(([, , time]) => time) ?? [];
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(shown?.artifacts['model/weights']).toBe(createHash('sha256').update('weights').digest('hex'));
  });

  it('loses no entry and sends none twice if the server is killed in between', async () => {
    const { tracking, warnings, allSent } = await open(server(mlflow.url));
    const run = runOf('server-killed');
    const journal = await tracking.begin('collab', run);
    let killed: Promise<void> | undefined;
    for (const step of upTo(2000)) {
      await journal.log(`round:${step}`, { metrics: [at(step)] });
      if (step === 1000) killed = mlflow.kill().then(() => mlflow.start());
      if (step % 50 === 0) await delay(20);
    }
    await journal.end('FINISHED');
    await killed;
    await allSent();
    expect(warnings()).toHaveLength(1);
    const [shown, ...more] = await read(run);
    expect(more).toEqual([]);
    expect(steps(shown)).toEqual(upTo(2000));
    expect(shown?.status).toBe('FINISHED');
  });

  const html: Prank = (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Please log in</body></html>');
    return true;
  };
  const answering =
    (status: number, body: string): Prank =>
    (_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      return true;
    };
  it.each([
    ['HTML', html, /it answers 200 and no JSON \(<html><body>Please log in/],
    [
      '500',
      answering(500, '{"error_code":"INTERNAL_ERROR","message":"disk"}'),
      /it answers 500 \(INTERNAL_ERROR disk\)/,
    ],
    ['401', answering(401, 'You are not authenticated'), /it answers 401 and no JSON \(You are not/],
    ['JSON of something else', answering(200, '[1]'), /is not MLflow's/],
    [
      '404',
      answering(404, '{"error_code":"ENDPOINT_NOT_FOUND","message":""}'),
      /it answers 404 \(ENDPOINT_NOT_FOUND/,
    ],
  ])('retries later if the server answers %s', async (kind, prank, words) => {
    const front = await startFront(() => new URL(mlflow.url));
    const { tracking, lines, warnings, allSent } = await open(server(front.url));
    const run = runOf(`answering ${kind}`.replaceAll(' ', '-'));
    const journal = await tracking.begin('collab', run);
    await journal.log('round:1', { metrics: [at(1)] });
    await vi.waitFor(async () => expect(steps((await read(run))[0])).toEqual([1]), 20_000);
    front.prank = prank;
    await journal.log('round:2', { metrics: [at(2)] });
    await journal.end('FINISHED');
    await vi.waitFor(() => expect(warnings()).toHaveLength(1), 10_000);
    expect(lines[0]?.fields).toMatchObject({
      tracker: front.url,
      err: { message: expect.stringMatching(words) },
    });
    front.prank = undefined;
    await allSent();
    const [shown] = await read(run);
    expect([steps(shown), shown?.status]).toEqual([[1, 2], 'FINISHED']);
  });

  it("counts every entry once if the server's responses are lost", async () => {
    const front = await startFront(() => new URL(mlflow.url));
    front.loseAnswers = true;
    const { tracking, allSent } = await open(server(front.url));
    const run = runOf('lost-answers');
    const journal = await tracking.begin('collab', run);
    await journal.log('start', { params: { lr: '0.1' }, metrics: [at(1)] });
    await journal.end('FINISHED');
    // Each call in the sequence (experiment, run, batch, end) first loses its response, then gets it.
    for (const _ of upTo(8)) {
      front.loseAnswers = true;
      const before = front.requests;
      await vi.waitFor(() => expect(front.requests).toBeGreaterThan(before), 5000).catch(() => undefined);
      front.loseAnswers = false;
      await delay(30);
    }
    await allSent();
    // More calls than needed: all were made twice or more.
    expect(front.requests).toBeGreaterThan(8);
    const [shown, ...more] = await read(run);
    expect(more).toEqual([]);
    expect(shown).toMatchObject({
      status: 'FINISHED',
      params: { lr: '0.1' },
      metrics: { loss: [[1, 1, 1_000_001]] },
    });
  });

  it('skips the one entry that the server refuses, and names it', async () => {
    const { tracking, lines, allSent } = await open(server(mlflow.url));
    const run = runOf('refused');
    const journal = await tracking.begin('collab', run);
    for (const step of upTo(3))
      await journal.log(`round:${step}`, {
        metrics: [at(step), { ...at(step), key: step === 2 ? '../x' : 'fine' }],
      });
    await journal.artifact('gone', async () => ({ file: join(directory, 'no such file') }));
    await journal.end('FINISHED');
    await allSent();
    const [shown] = await read(run);
    expect([steps(shown), shown?.status]).toEqual([[1, 3], 'FINISHED']);
    expect(lines.filter(({ level }) => level === 'warn')).toMatchObject([
      { message: 'tracking entries are lost', fields: { job: 'refused', err: { code: 'ENOENT' } } },
      {
        message: 'a tracking entry is left out',
        fields: { entry: 'round:2', err: { code: 'tracker_refused' } },
      },
    ]);
  });

  it('follows a collaboration to another server if this one is unavailable', async () => {
    let destination = server('http://127.0.0.1:9');
    const { tracking, allSent } = await open(destination, { destinationOf: async () => destination });
    const run = runOf('moved');
    const journal = await tracking.begin('collab', run);
    await journal.log('round:1', { metrics: [at(1)] });
    destination = server(mlflow.url);
    await journal.end('KILLED');
    await allSent();
    const [shown] = await read(run);
    expect([steps(shown), shown?.status]).toEqual([[1], 'KILLED']);
  });
});

describe('tracking', () => {
  const folder = (path: string): Destination => ({ name: path, tracker: createMlflowFolder(path) });

  it('never waits for a server that accepts connections and does not answer', async () => {
    const front = await startFront(() => new URL('http://127.0.0.1:9'));
    front.prank = () => true;
    const { tracking } = await open(server(front.url));
    const startedMs = performance.now();
    const journal = await tracking.begin('collab', runOf('silence'));
    for (const step of upTo(200)) await journal.log(`round:${step}`, { metrics: [at(step)] });
    await journal.end('FINISHED');
    await vi.waitFor(() => expect(front.requests).toBe(1));
    await tracking.close();
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });

  it('to an unavailable server does not delay other destinations', async () => {
    const there = temporaryFolder();
    const elsewhere = folder(join(there, 'mlruns'));
    const { tracking, waiting } = await open(elsewhere, {
      destinationOf: async (collab) => (collab === 'away' ? server('http://127.0.0.1:9') : elsewhere),
    });
    const away = await tracking.begin('away', runOf('away'));
    await away.end('FINISHED');
    const here = await tracking.begin('here', runOf('here'));
    await here.end('FINISHED');
    await vi.waitFor(() => expect(waiting()).toEqual(['away']), 5000);
  });

  it('drops waiting entries of a deleted collaboration', async () => {
    let destination: Destination | undefined = server('http://127.0.0.1:9');
    const there = await open(destination, { destinationOf: async () => destination });
    const journal = await there.tracking.begin('collab', runOf('deleted'));
    await journal.log('round:1', { metrics: [at(1)] });
    destination = undefined;
    await there.allSent();
    await journal.log('round:2', { metrics: [at(2)] });
    await journal.end('FINISHED');
    expect(there.waiting()).toEqual([]);
  });

  it('ends runs whose process died before their end', async () => {
    const directory = temporaryFolder();
    const away = server('http://127.0.0.1:9');
    const first = await open(away, { directory });
    for (const id of ['cancelled', 'goes-on']) await first.tracking.begin('collab', runOf(id));
    await first.tracking.close();
    const there = await open(folder(temporaryFolder()), {
      directory,
      endingOf: async (id) => (id === 'cancelled' ? { status: 'KILLED', endedMs: 1 } : undefined),
    });
    await vi.waitFor(() => expect(there.waiting()).toEqual(['goes-on']), 5000);
  });

  it('ends runs of jobs that ended without a process, with the reason', async () => {
    const mlflow = temporaryFolder();
    const ended = new Map<string, JobEnding>();
    const endingOf = async (id: string) => {
      if (id === 'unreadable') throw new Error('no database');
      return ended.get(id);
    };
    const there = await open(folder(mlflow), { endingOf, lookMs: 10 });
    for (const id of ['unreadable', 'given-up', 'goes-on']) await there.tracking.begin('collab', runOf(id));
    await delay(50);
    expect(there.waiting()).toHaveLength(3);
    ended.set('given-up', {
      status: 'FAILED',
      endedMs: 77,
      tags: { 'synergos.error': 'it died five times' },
    });
    await vi.waitFor(() => expect(there.waiting().sort()).toEqual(['goes-on', 'unreadable']), 5000);
    const [experiment = ''] = readdirSync(mlflow).filter((name) =>
      readFileSync(join(mlflow, name, 'meta.yaml'), 'utf8').includes('of given-up'),
    );
    const [run = ''] = readdirSync(join(mlflow, experiment)).filter((name) => name !== 'meta.yaml');
    expect(readFileSync(join(mlflow, experiment, run, 'meta.yaml'), 'utf8')).toMatch(
      /"end_time": 77\n[^]*"status": 4\n/,
    );
    const reason = join(mlflow, experiment, run, 'tags', 'synergos.error');
    expect(readFileSync(reason, 'utf8')).toBe('it died five times');
  });

  it("logs outside of the job's context, since it serves other jobs as well", async () => {
    const current = new AsyncLocalStorage<string>();
    const seen = new Map<string, string | undefined>();
    const say = (_fields: object, message: string) => void seen.set(message, current.getStore());
    const logger = { debug: say, info: say, warn: say, error: say };
    const there = await open(server('http://127.0.0.1:9'), { logger });
    await current.run('a job', async () => {
      const journal = await there.tracking.begin('collab', runOf('one'));
      await journal.log('round:1', { metrics: [at(1)] });
    });
    const said = 'tracking entries wait and are sent later; runs are not affected';
    await vi.waitFor(() => expect(seen.has(said)).toBe(true), 5000);
    expect(seen.get(said)).toBeUndefined();
  });

  it('fails no run if its entries cannot be stored, and logs that once', async () => {
    const directory = temporaryFolder();
    const there = await open(folder(temporaryFolder()), { directory });
    const journal = await there.tracking.begin('collab', runOf('no-place'));
    rmSync(directory, { recursive: true });
    writeFileSync(directory, 'a file in the place of the folder');
    for (const step of upTo(3)) await journal.log(`round:${step}`, { metrics: [at(step)] });
    await journal.end('FINISHED');
    const other = await there.tracking.begin('collab', runOf('other'));
    await other.end('FINISHED');
    expect(there.warnings().filter((line) => line === 'tracking entries are lost')).toHaveLength(1);
    expect(there.warnings()).toContain('a run is not tracked');
  });

  it('leaves folders that are not outboxes unchanged', async () => {
    const directory = temporaryFolder();
    writeFileSync(join(directory, 'notes'), 'mine');
    const { warnings, waiting } = await open(folder(temporaryFolder()), { directory });
    expect(warnings()).toEqual(['not an outbox of tracking; it is left alone']);
    expect(waiting()).toEqual(['notes']);
  });
});
