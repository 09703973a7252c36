#!/usr/bin/env node
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import colors from 'picocolors';
import { Driver } from '@synergos/driver';
import { register, train, validate, type Score } from './federation.js';
import { parseOptions } from './options.js';
import { islands, writeShards, type Island } from './penguins.js';
import { Processes } from './processes.js';
import { percent, showProgress, showResult } from './show.js';

const options = parseOptions(process.argv.slice(2));
const directory = resolve(options.dataDir);
const processes = new Processes();
const stopping = new AbortController();
const interrupt = () => stopping.abort(new Error('interrupted'));
process.once('SIGINT', interrupt).once('SIGTERM', interrupt);

try {
  await demo();
} catch (error) {
  if (stopping.signal.aborted) {
    console.error('\nInterrupted: ending the TTP and the workers.');
    process.exitCode = 130;
  } else {
    console.error(
      `\n${colors.red('The demo failed:')} ${error instanceof Error ? error.message : String(error)}`,
    );
    console.error(`Its logs are below ${directory}`);
    process.exitCode = 1;
  }
} finally {
  await processes.stop();
}

async function demo(): Promise<void> {
  const startedMs = performance.now();
  const { signal } = stopping;
  const { algorithm, rounds, seed } = options;
  const shards = writeShards(join(directory, 'islands'));
  console.log(colors.bold('One model of the Palmer penguins, and no penguin leaves its island'));
  for (const island of islands)
    console.log(
      `  ${island.padEnd(10)} ${shards[island].train} penguins to train on, ${shards[island].evaluate} to test on`,
    );

  mkdirSync(join(directory, 'ttp'), { recursive: true });
  const basic = await processes.startBasic(join(directory, 'ttp'));
  const driver = new Driver({ url: basic.url, token: basic.adminToken });
  const tokens = await register(driver);
  for (const island of islands)
    processes.startWorker(join(directory, 'islands', island), {
      id: island,
      ttp: basic.dataUrl,
      token: tokens[island],
      dataDir: join(directory, 'islands', island),
    });
  console.log(
    `\nTTP at ${basic.url}, three workers as processes of their own; ${algorithm}, ${rounds} rounds:`,
  );

  const training = { algorithm, rounds, seed };
  const key = await train(driver, 'federated', training, { onEvent: showProgress(rounds), signal });
  const model = join(directory, 'ttp', 'outputs', key);
  const federated = await validate(driver, 'federated', signal);
  const alone = {} as Record<Island, Score>;
  for (const island of islands) {
    await train(driver, `${island}-alone`, training, { cohort: [island], signal });
    alone[island] = await validate(driver, `${island}-alone`, signal);
    console.log(`  ${island} alone, for comparison: accuracy ${percent(alone[island].accuracy)}`);
  }

  const trained = Object.fromEntries(islands.map((island) => [island, shards[island].train])) as Record<
    Island,
    number
  >;
  showResult(federated, alone, trained);
  console.log(`
  model and loss history  ${dirname(model)}
  records                 ${join(directory, 'ttp', 'data', 'records.sqlite')}
  logs                    ${join(directory, 'ttp', 'ttp.log')}, ${join(directory, 'islands', '*', 'worker.log')}`);
  if (options.json)
    console.log(
      JSON.stringify({
        federated,
        alone: Object.fromEntries(islands.map((island) => [island, alone[island].accuracy])),
        rounds,
        seconds: Math.round(performance.now() - startedMs) / 1000,
        model,
      }),
    );
}
