#!/usr/bin/env node
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import colors from 'picocolors';
import { Driver } from '@synergos/driver';
import { listens, PrivateRabbitmq } from '@synergos/services';
import { ARGUMENTS, EXPERIMENT_IDS, PROJECT_IDS, register } from '../federation.js';
import { islands, writeShards } from '../penguins.js';
import { Processes, type ClusterTtp } from '../processes.js';
import { percent } from '../show.js';
import { LiveTable } from './live-table.js';
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
  await driver.alignments.create(PROJECT_IDS);

  console.log(`An optimization of ${options.trials} trials on two TTPs:`);
  const two = await optimize(driver);
  ttps[1]?.process.kill('SIGTERM');
  console.log('\nThe same on one TTP:');
  const one = await optimize(driver);

  const speedUp = one.seconds / two.seconds;
  const { best } = two;
  const value = percent(best?.trial.value ?? undefined).trim();
  console.log(`
Best: ${colors.bold(best?.key.run_id ?? '–')} with lr ${lrOf(best)}, accuracy ${value}
Two TTPs took ${two.seconds.toFixed(1)} s, one ${one.seconds.toFixed(1)} s: ${colors.bold(`${speedUp.toFixed(2)} times as fast`)}`);
  if (options.json)
    console.log(
      JSON.stringify({
        best: { run: best?.key.run_id, lr: lrOf(best), accuracy: best?.trial.value },
        speed_up: speedUp,
        seconds: { two: two.seconds, one: one.seconds },
        by: two.by,
      }),
    );
}

/** Searches for a learning rate, and prints the duration, the work of each TTP, and the best trial. */
async function optimize(driver: Driver) {
  const startedMs = performance.now();
  const [job_id = ''] = await driver.optimizations.start({
    ...EXPERIMENT_IDS,
    search_space: {
      ...ARGUMENTS,
      algorithm: 'FedAvg',
      rounds: options.rounds,
      patience: options.rounds,
      lr: { _type: 'loguniform', _value: [0.005, 1] },
    },
    searcher: 'halton',
    max_trial_num: options.trials,
    trial_concurrency: GRIDS,
  });
  const table = new LiveTable();
  const rounds = new Map<string, number>();
  const followed = new Set<string>();
  for (;;) {
    stopping.signal.throwIfAborted();
    const jobs = await driver.jobs.readAll();
    const state = jobs.find(({ id }) => id === job_id);
    const trials = await driver.optimizations.readAll(EXPERIMENT_IDS);
    const mine = trials.filter(({ trial }) => trial.optimization === job_id);
    const trainings = jobs.filter(({ kind, payload }) => kind === 'train' && payload.optimization === job_id);
    table.show(
      trainings.map(({ id, payload, state: is, holder }, index) => ({
        name: `trial ${index + 1}`,
        lr: lrOf(mine.find(({ key }) => key.run_id === payload.run_id)),
        state: is,
        holder,
        round: rounds.get(id),
      })),
    );
    for (const { id } of trainings)
      if (!followed.has(id)) followRounds(driver, id, rounds, followed).catch(() => undefined);
    if (state?.state === 'failed' || state?.state === 'cancelled')
      throw new Error(`the optimization ${state.state}: ${state.error?.message ?? ''}`);
    if (state?.state === 'completed') {
      const seconds = (performance.now() - startedMs) / 1000;
      return {
        seconds,
        by: trainings.map(({ holder }) => holder),
        best: mine.find(({ trial }) => trial.best),
      };
    }
    await delay(LOOK_MS);
  }
}

type TrialRun = Awaited<ReturnType<Driver['optimizations']['readAll']>>[number];

function lrOf(run: TrialRun | undefined): string {
  const lr = run?.trial.hyperparameters?.lr;
  return typeof lr === 'number' ? lr.toFixed(4) : '–';
}

async function followRounds(
  driver: Driver,
  job_id: string,
  rounds: Map<string, number>,
  followed: Set<string>,
): Promise<void> {
  followed.add(job_id);
  for await (const event of driver.jobs.events({ job_id, signal: stopping.signal }))
    if (event.type === 'round_completed') rounds.set(job_id, Number(event.round));
}
