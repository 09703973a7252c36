#!/usr/bin/env node
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import colors from 'picocolors';
import { Driver, type Job } from '@synergos/driver';
import { listens, PrivateRabbitmq } from '@synergos/services';
import { createTrial, register, validate } from '../federation.js';
import { islands, writeShards } from '../penguins.js';
import { Processes, type ClusterTtp } from '../processes.js';
import { percent } from '../show.js';
import { LiveTable, type Trial } from './live-table.js';
import { parseOptions } from './options.js';

const GRIDS = 2;
const RABBITMQ_PORT = 5672;
const LOOK_MS = 250;

const options = parseOptions(process.argv.slice(2));
const directory = resolve(options.dataDir);
const processes = new Processes();
const stopping = new AbortController();
const interrupt = () => stopping.abort(new Error('interrupted'));
process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
let rabbitmq: PrivateRabbitmq | undefined;

try {
  await demo();
} catch (error) {
  const why = error instanceof Error ? error.message : String(error);
  console.error(`\n${colors.red('The demo ended:')} ${why}\nIts logs are below ${directory}`);
  process.exitCode = stopping.signal.aborted ? 130 : 1;
} finally {
  await processes.stop();
  await rabbitmq?.stop();
}

async function demo(): Promise<void> {
  writeShards(join(directory, 'islands'));
  if (!(await listens(RABBITMQ_PORT))) rabbitmq = await PrivateRabbitmq.start();
  const queuePort = rabbitmq?.port ?? RABBITMQ_PORT;
  const director = join(directory, 'director');
  mkdirSync(director, { recursive: true });
  const { url, adminToken } = await processes.startDirector(director, queuePort);
  const driver = new Driver({ url, token: adminToken });
  const tokens = await register(driver, GRIDS);
  const ttps: ClusterTtp[] = [];
  for (let grid = 0; grid < GRIDS; grid++) {
    const home = join(directory, `ttp-${grid}`);
    mkdirSync(home, { recursive: true });
    const ttp = await processes.startCluster(home, { id: `ttp-${grid}`, grid, queuePort, director });
    ttps.push(ttp);
    for (const island of islands) {
      const worker = join(directory, `worker-${grid}-${island}`);
      mkdirSync(worker, { recursive: true });
      const dataDir = join(directory, 'islands', island);
      processes.startWorker(worker, { id: island, ttp: ttp.dataUrl, token: tokens[island], dataDir });
    }
  }
  console.log(
    `Director at ${url}, RabbitMQ on port ${queuePort}, ${GRIDS} TTPs with ${islands.length} workers each\n`,
  );
  await driver.alignments.create({ collab_id: 'palmer-station', project_id: 'penguins' });

  console.log(`${options.trials} learning rates on two TTPs:`);
  const two = await tryAll(driver, 'two');
  ttps[1]?.process.kill('SIGTERM');
  console.log('\nThe same on one TTP:');
  const one = await tryAll(driver, 'one');

  const scored = await Promise.all(
    two.trials.map(async (trial) => ({ ...trial, ...(await validate(driver, trial.run, stopping.signal)) })),
  );
  const [best] = scored.sort((a, b) => b.accuracy - a.accuracy || a.loss - b.loss);
  const speedUp = one.seconds / two.seconds;
  console.log(`
Best: ${colors.bold(best?.run ?? '–')} with lr ${best?.lr.toFixed(4)}, accuracy ${percent(best?.accuracy).trim()}
Two TTPs took ${two.seconds.toFixed(1)} s, one ${one.seconds.toFixed(1)} s: ${colors.bold(`${speedUp.toFixed(2)} times as fast`)}`);
  if (options.json)
    console.log(
      JSON.stringify({
        best,
        speed_up: speedUp,
        seconds: { two: two.seconds, one: one.seconds },
        by: two.by,
      }),
    );
}

/** Trains all trials, and tells how long it took and who did which. */
async function tryAll(driver: Driver, name: string) {
  const { trials: count, rounds } = options;
  const startedMs = performance.now();
  const trials: Trial[] = [];
  for (let index = 0; index < count; index++) {
    const lr = 0.5 ** index;
    const run = `${name}-${index + 1}`;
    trials.push({ run, lr, job: await createTrial(driver, run, { rounds, lr }) });
  }
  const table = new LiveTable(trials);
  const roundsOf = new Map<string, number>();
  for (const { job } of trials) followRounds(driver, job, roundsOf).catch(() => undefined);
  for (;;) {
    stopping.signal.throwIfAborted();
    const jobs = new Map<string, Job>((await driver.jobs.readAll()).map((job) => [job.id, job]));
    table.show(jobs, roundsOf);
    const all = trials.flatMap(({ job }) => jobs.get(job) ?? []);
    const failed = all.find(({ state }) => state === 'failed' || state === 'cancelled');
    if (failed !== undefined) throw new Error(`${failed.id} ${failed.state}: ${failed.error?.message}`);
    if (all.every(({ state }) => state === 'completed')) {
      const seconds = (performance.now() - startedMs) / 1000;
      return { trials, seconds, by: all.map(({ holder }) => holder) };
    }
    await delay(LOOK_MS);
  }
}

async function followRounds(driver: Driver, job_id: string, rounds: Map<string, number>): Promise<void> {
  for await (const event of driver.jobs.events({ job_id, signal: stopping.signal }))
    if (event.type === 'round_completed') rounds.set(job_id, Number(event.round));
}
