import { randomUUID } from 'node:crypto';
import {
  addLoggingOptions,
  appCommand,
  appOption,
  atLeast,
  loggingExample,
  overwriteOption,
  parseAppOptions,
  portNumber,
  readLoggingOptions,
  repeatable,
  type LoggingChoices,
} from '@synergos/command-line';
import type { GridOptions } from '@synergos/ttp-runtime';
import {
  addAccessOptions,
  addEngineOptions,
  mlflowDirOption,
  mlflowHostOption,
  queueOption,
  readAccessOptions,
  type AccessChoices,
} from '@synergos/ttp-runtime/options';

export interface BasicOptions extends GridOptions, LoggingChoices, AccessChoices {
  readonly id: string;
  readonly port: number;
  readonly mlflowDir: string | undefined;
  readonly mlflowHost: readonly string[];
  readonly database: string | undefined;
  readonly giveUpAfter: number;
  readonly overwrite: boolean;
  readonly parallelJobs: number;
  /** Of Synergos' command line; without effect here. */
  readonly queue: readonly string[] | undefined;
  readonly allowedHost: readonly string[];
}

/** The command line of the basic TTP. */
export function parseOptions(argv: readonly string[]): BasicOptions {
  const about = 'The trusted third party of one grid: REST API, jobs, and the data plane that workers dial.';
  const command = appCommand('synergos-basic', about, [
    'synergos-basic --data-dir ./ttp/data --outputs-dir ./ttp/outputs',
    'synergos-basic --port 5001 --data-port 8021 --auth none',
    'synergos-basic --plugin ./my-algorithms.js',
    'synergos-basic --gpus 1',
    `synergos-basic ${loggingExample}`,
    'SYNERGOS_DATABASE=postgres://synergos:…@db.example.org/synergos synergos-basic',
    'synergos-basic check --help',
  ])
    .addOption(
      appOption('-i, --id <name>', 'name of this node in logs').default(`ttp/${randomUUID()}`, 'ttp/<uuid>'),
    )
    .addOption(appOption('--host <address>', 'address to listen on').default('127.0.0.1'))
    .addOption(
      appOption('--port <number>', 'REST API; 0 takes a free one').argParser(portNumber).default(5000),
    )
    .addOption(
      appOption('--data-port <number>', 'workers dial it; 0 takes a free one')
        .argParser(portNumber)
        .default(8020),
    )
    .addOption(appOption('--data-dir <path>', 'records, admin token, scratch space').default('./data'))
    .addOption(appOption('--outputs-dir <path>', 'models, loss histories, checkpoints').default('./outputs'))
    .addOption(mlflowDirOption())
    .addOption(mlflowHostOption())
    .addOption(
      appOption('--database <url>', 'records: postgres://… or sqlite:PATH (default: a file in --data-dir)'),
    )
    .addOption(overwriteOption())
    .addOption(queueOption('accepted for compatibility; the basic TTP does its jobs itself; also -mq'))
    .addOption(
      appOption('--plugin <name>', 'package or module with more algorithms; repeatable')
        .argParser(repeatable)
        .default([], 'none'),
    )
    .addOption(
      appOption('--keep-checkpoints <number>', 'checkpoints kept of each run')
        .argParser(atLeast(2))
        .default(2),
    )
    .addOption(
      appOption(
        '--give-up-after <number>',
        'how often a process may die at a job that comes no further before it is given up',
      )
        .argParser(atLeast(1))
        .default(5),
    )
    .addOption(
      appOption('--parallel-jobs <number>', 'jobs that run at the same time, one of each project')
        .argParser(atLeast(1))
        .default(8),
    );
  addAccessOptions(command, 'both ports');
  addEngineOptions(command);
  addLoggingOptions(command);
  const options = readLoggingOptions(command, parseAppOptions(command, argv)) as BasicOptions;
  return readAccessOptions(command, options);
}
