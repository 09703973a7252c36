import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import Libsql from 'libsql';
import type { Benchmark } from '../benchmark.js';
import { createLoad, percentile, type Load } from '../rest/load.js';
import { startTtp, type Ttp } from '../rest/ttp.js';

const REGISTRATIONS = 1000;
const RUNS = 1000;
const CONNECTIONS = 8;
const READS = 100;
/** Two layers of 25M values in all: 100 MB. */
const WIDTH = 5000;
const ROUNDS = 8;
const WORKERS = ['alice', 'bob'];
const PAUSE_MS = 3;

const COLLAB = '/ttp/connect/collaborations';
const PROJECT = `${COLLAB}/c/projects/p`;
const EXPERIMENT = `${PROJECT}/experiments/e`;

/** The REST API of a basic TTP, idle and while a training folds updates of 100 MB, from another process. */
export const rest: Benchmark = {
  name: 'rest',
  summary: 'a basic TTP under load: registrations, a project with 1,000 runs, answers during a training',
  async run(print) {
    await using ttp = await startTtp();
    using load = createLoad(ttp.url, ttp.token, CONNECTIONS);
    await load.call('POST', COLLAB, { collab_id: 'c' });
    await load.call('POST', `${COLLAB}/c/projects`, { project_id: 'p', action: 'regress' });
    const model = [layer(WIDTH, WIDTH, true), layer(WIDTH, 1, false)];
    await load.call('POST', `${PROJECT}/experiments`, { expt_id: 'e', model });

    const registering = await measureRegistrations(load);
    const inserts = measureInserts();
    print(
      `registrations: ${registering.toFixed(0)}/s over ${CONNECTIONS} connections; ` +
        `bare synchronous inserts into SQLite: ${inserts.toFixed(0)}/s`,
    );
    const reading = await measureReads(load);
    print(
      `GET of an experiment with ${RUNS} runs, ${(reading.bytes / 1e6).toFixed(1)} MB: median ` +
        `${reading.median.toFixed(1)} ms, p99 ${reading.p99.toFixed(1)} ms; ` +
        `the same bytes from memory: median ${reading.reference.toFixed(1)} ms`,
    );
    const project = await measureProject(load);
    print(`GET of a project whose experiment has ${RUNS} runs, without them: p99 ${project.toFixed(1)} ms`);
    const { idle, busy, rounds, seconds } = await measureTraining(load, ttp, print);
    print(
      `light calls: idle p50 ${idle.p50.toFixed(1)} ms, p99 ${idle.p99.toFixed(1)} ms; while ${rounds} rounds of ` +
        `2 × 100 MB train (${seconds.toFixed(1)} s): p50 ${busy.p50.toFixed(1)} ms, p99 ${busy.p99.toFixed(1)} ms, ` +
        `longest ${busy.max.toFixed(1)} ms`,
    );
    print(
      `event loops of the TTP meanwhile: main p99 ${busy.loop.main.p99Ms.toFixed(1)} ms, longest ` +
        `${busy.loop.main.maxMs.toFixed(1)} ms; grid p99 ${busy.loop.grid.p99Ms.toFixed(1)} ms, longest ` +
        `${busy.loop.grid.maxMs.toFixed(1)} ms; data plane p99 ${busy.loop.dataPlane.p99Ms.toFixed(1)} ms, longest ` +
        `${busy.loop.dataPlane.maxMs.toFixed(1)} ms`,
    );
    const figures = {
      registrations_per_s: registering,
      registrations_vs_inserts: registering / inserts,
      read_1000_runs_ms: reading.median,
      read_1000_runs_vs_memory: reading.reference / reading.median,
      read_project_p99_ms: project,
      idle_p99_ms: idle.p99,
      training_p50_ms: busy.p50,
      training_p99_ms: busy.p99,
      training_p99_vs_idle: busy.p99 / idle.p99,
      main_loop_max_ms: busy.loop.main.maxMs,
      grid_loop_p99_ms: busy.loop.grid.p99Ms,
      grid_loop_max_ms: busy.loop.grid.maxMs,
      data_plane_loop_p99_ms: busy.loop.dataPlane.p99Ms,
      data_plane_loop_max_ms: busy.loop.dataPlane.maxMs,
    };
    return Object.fromEntries(
      Object.entries(figures).map(([name, value]) => [name, Math.round(value * 1000) / 1000]),
    );
  },
};

function layer(inputs: number, outputs: number, is_input: boolean) {
  const structure = { in_features: inputs, out_features: outputs };
  return { l_type: 'Linear', is_input, activation: '', structure };
}

async function measureRegistrations(load: Load): Promise<number> {
  const ids = Array.from({ length: REGISTRATIONS }, (_, index) => `participant-${index}`);
  await Promise.all(ids.map((id) => load.call('POST', '/ttp/connect/participants', { id })));
  const startedMs = performance.now();
  const node = { host: '10.0.0.1', port: 8020, f_port: 5000, log_msgs: true, verbose: false };
  const body = { role: 'guest', n_count: 1, node_0: node };
  await Promise.all(ids.map((id) => load.call('POST', `${PROJECT}/participants/${id}/registration`, body)));
  return (1000 * REGISTRATIONS) / (performance.now() - startedMs);
}

/** Rows of the same size, each safe on disk before the next, without anything around them. */
function measureInserts(): number {
  const directory = mkdtempSync(join(tmpdir(), 'synergos-bench-sqlite-'));
  const database = new Libsql(join(directory, 'reference.sqlite'));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec('create table records (id integer primary key, key text unique, body text)');
  const insert = database.prepare('insert into records (key, body) values (?, ?)');
  const body = 'x'.repeat(200);
  const startedMs = performance.now();
  for (let index = 0; index < REGISTRATIONS; index++) insert.run(`key-${index}`, body);
  const perSecond = (1000 * REGISTRATIONS) / (performance.now() - startedMs);
  database.close();
  rmSync(directory, { recursive: true });
  return perSecond;
}

async function measureReads(load: Load) {
  const ids = Array.from({ length: RUNS }, (_, index) => `run-${index}`);
  const train = { algorithm: 'FedAvg', criterion: 'MSELoss', rounds: ROUNDS };
  await Promise.all(ids.map((run_id) => load.call('POST', `${EXPERIMENT}/runs`, { run_id, ...train })));
  const { json } = await load.call('GET', EXPERIMENT);
  const text = JSON.stringify(json);
  const times = await timesOf(READS, () => load.call('GET', EXPERIMENT));
  const server = createServer((_request, response) =>
    response.setHeader('content-type', 'application/json').end(text),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  using memory = createLoad(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, '', 1);
  const reference = await timesOf(READS, () => memory.call('GET', '/'));
  server.close();
  return {
    bytes: text.length,
    median: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    reference: percentile(reference, 0.5),
  };
}

async function measureProject(load: Load): Promise<number> {
  return percentile(await timesOf(READS, () => load.call('GET', `${PROJECT}?relations=children`)), 0.99);
}

async function measureTraining(load: Load, ttp: Ttp, print: (line: string) => void) {
  const tokens = [];
  // Those of the registrations' benchmark have no tags: only these two take part.
  for (const id of WORKERS) {
    await load.call('POST', '/ttp/connect/participants', { id });
    await load.call('POST', `${PROJECT}/participants/${id}/registration`, { role: 'guest' });
    await load.call('POST', `${PROJECT}/participants/${id}/registration/tags`, { train: [['data']] });
    const { json } = await load.call('POST', `/ttp/connect/participants/${id}/token`);
    tokens.push(`${id}=${json.data.token}`);
  }
  const program = fileURLToPath(new URL('../rest/made-up-workers.js', import.meta.url));
  const workers = spawn(process.execPath, [program, ttp.dataUrl, String(WIDTH), ...tokens], {
    stdio: 'inherit',
  });
  try {
    const idle = await lightCalls(load, () => Promise.resolve(false), 500);
    await ttp.loopDelays();
    const path = '/ttp/train/collaborations/c/projects/p/models/e/run-0';
    const startedMs = performance.now();
    let isOver = false;
    const training = load.call('POST', path).finally(() => (isOver = true));
    const times = await lightCalls(load, async () => isOver, Infinity);
    const { json } = await training;
    const seconds = (performance.now() - startedMs) / 1000;
    const loop = await ttp.loopDelays();
    if (process.env.SYNERGOS_BENCH_DEBUG) print(JSON.stringify(times.slow));
    return {
      rounds: Number(json.data[0].rounds),
      seconds,
      idle: { p50: percentile(idle.all, 0.5), p99: percentile(idle.all, 0.99) },
      busy: {
        p50: percentile(times.all, 0.5),
        p99: percentile(times.all, 0.99),
        max: Math.max(...times.all),
        loop,
      },
    };
  } finally {
    workers.kill();
  }
}

/** Sends typical REST calls of a user or a monitor in sequence, until `over` or `most` calls. */
async function lightCalls(load: Load, over: () => Promise<boolean>, most: number) {
  const all: number[] = [];
  const slow: [string, number][] = [];
  for (let index = 0; index < most && !(await over()); index++) {
    const [method, path, body] = [
      // Descendants take as long as there are many: read by the calls above.
      ['GET', `${COLLAB}?relations=children`, undefined],
      ['POST', '/ttp/connect/participants', { id: `light-${most === Infinity ? 'busy' : 'idle'}-${index}` }],
      ['GET', '/ttp/participants/alice/status', undefined],
    ][index % 3] as [string, string, unknown];
    const { ms } = await load.call(method, path, body);
    all.push(ms);
    if (ms > 15) slow.push([`${method} ${path} ${new Date().toISOString()}`, ms]);
    await delay(PAUSE_MS);
  }
  return { all, slow };
}

async function timesOf(
  count: number,
  call: () => Promise<{ readonly ms: number }>,
): Promise<readonly number[]> {
  const all: number[] = [];
  for (let index = 0; index < count; index++) all.push((await call()).ms);
  return all;
}
