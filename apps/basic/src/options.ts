import { appCommand, appOption, atLeast, loggingExample, overwriteOption } from '@synergos/command-line';
import type { GridOptions } from '@synergos/ttp-runtime';
import {
  addAccessOptions,
  addEngineOptions,
  addGridOptions,
  addNodeOptions,
  parseNodeOptions,
  queueOption,
  type NodeOptions,
} from '@synergos/ttp-runtime/options';

export interface BasicOptions extends GridOptions, NodeOptions {
  readonly giveUpAfter: number;
  readonly overwrite: boolean;
  readonly parallelJobs: number;
  /** Of the original command line; no effect here. */
  readonly queue: readonly string[] | undefined;
  readonly allowedHost: readonly string[];
}

/** The command line of the basic TTP. */
export function parseOptions(argv: readonly string[]): BasicOptions {
  const about =
    'The trusted third party of one grid: REST API, jobs, and the data port that workers connect to.';
  const command = appCommand('synergos-basic', about, [
    'synergos-basic --data-dir ./ttp/data --outputs-dir ./ttp/outputs',
    'synergos-basic --port 5001 --data-port 8021 --auth none',
    'synergos-basic --plugin ./my-algorithms.js',
    'synergos-basic --gpus 1',
    `synergos-basic ${loggingExample}`,
    'SYNERGOS_DATABASE=postgres://synergos:…@db.example.org/synergos synergos-basic',
    'synergos-basic check --help',
  ]);
  addNodeOptions(command, {
    role: 'ttp',
    port: 'REST API',
    dataDir: 'records, admin token, scratch space',
    outputsDir: 'models, loss histories, checkpoints',
    database: 'records: postgres://… or sqlite:PATH (default: a file in --data-dir)',
  });
  addGridOptions(command)
    .addOption(overwriteOption())
    .addOption(queueOption('accepted for compatibility; the basic TTP runs its jobs itself; also -mq'))
    .addOption(
      appOption('--parallel-jobs <number>', 'jobs that run at the same time, one of each project')
        .argParser(atLeast(1))
        .default(8),
    );
  addEngineOptions(addAccessOptions(command, 'both ports'));
  return parseNodeOptions(command, argv) as BasicOptions;
}
