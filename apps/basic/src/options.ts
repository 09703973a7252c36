import {
  addLoggingOptions,
  appCommand,
  type Command,
  loggingExample,
  overwriteOption,
} from '@synergos/command-line';
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
  /** Accepted for the original's command line; without effect. */
  readonly queue: readonly string[] | undefined;
  readonly allowedHost: readonly string[];
}

/** The command line of the basic TTP. */
export function basicCommand(): Command {
  const about =
    'Run the trusted third party (TTP) of one grid: REST API, jobs, and the data port for workers.';
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
    port: 'port of the REST API',
    dataDir: 'folder of records, admin token and scratch files',
    outputsDir: 'folder of models, loss histories and checkpoints',
    database: 'database of records: postgres://… or sqlite:PATH (default: a file in --data-dir)',
  });
  addGridOptions(command)
    .addOption(overwriteOption())
    .addOption(queueOption('accepted for compatibility (also -mq); the basic TTP runs its jobs itself'));
  addEngineOptions(addAccessOptions(command, 'both ports'));
  return addLoggingOptions(command);
}

export function parseOptions(argv: readonly string[]): BasicOptions {
  return parseNodeOptions(basicCommand(), argv) as BasicOptions;
}
