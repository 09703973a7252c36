import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { DatabaseLocation } from '@synergos/artifacts';
import {
  appOption,
  atLeast,
  parseAppOptions,
  portNumber,
  readLoggingOptions,
  repeatable,
  type LoggingChoices,
} from '@synergos/command-line';
import type { Command, OptionValues } from 'commander';
import { readAccessOptions, type AccessChoices } from './access-options.js';
import { mlflowDirOption, mlflowHostOption, type TrackingChoices } from './tracking-options.js';

/** Options of every node: basic TTP, cluster TTP, director. */
export interface NodeOptions extends AccessChoices, LoggingChoices, TrackingChoices {
  readonly id: string;
  readonly port: number;
  readonly dataDir: string;
  readonly outputsDir: string;
  readonly database: string | undefined;
  readonly plugin: readonly string[];
}

/** Descriptions of a node's options in its help. */
export interface NodeHelp {
  readonly role: 'ttp' | 'director';
  readonly port: string;
  readonly dataDir: string;
  readonly outputsDir: string;
  readonly database: string;
}

/** Adds the options of every node. */
export function addNodeOptions(command: Command, { role, ...about }: NodeHelp): Command {
  return command
    .addOption(
      appOption('-i, --id <name>', 'name of this node in logs').default(
        `${role}/${randomUUID()}`,
        `${role}/<uuid>`,
      ),
    )
    .addOption(appOption('--host <address>', 'address to listen on').default('127.0.0.1'))
    .addOption(
      appOption('--port <number>', `${about.port}; 0 takes a free one`).argParser(portNumber).default(5000),
    )
    .addOption(appOption('--data-dir <path>', about.dataDir).default('./data'))
    .addOption(appOption('--outputs-dir <path>', about.outputsDir).default('./outputs'))
    .addOption(mlflowDirOption())
    .addOption(mlflowHostOption())
    .addOption(appOption('--database <url>', about.database))
    .addOption(
      appOption('--plugin <name>', 'package or module with further algorithms; repeatable')
        .argParser(repeatable)
        .default([], 'none'),
    );
}

/** Adds the options of a node that runs jobs with the workers of a grid. */
export function addGridOptions(command: Command): Command {
  return command
    .addOption(
      appOption('--data-port <number>', 'port of the workers; 0 takes a free one')
        .argParser(portNumber)
        .default(8020),
    )
    .addOption(
      appOption('--keep-checkpoints <number>', 'number of checkpoints that are kept of each run')
        .argParser(atLeast(2))
        .default(2),
    )
    .addOption(
      appOption(
        '--parallel-jobs <number>',
        'maximum number of concurrent jobs; jobs of one project run one after another',
      )
        .argParser(atLeast(1))
        .default(8),
    )
    .addOption(
      appOption(
        '--give-up-after <number>',
        'number of crashes without progress in between after which a job fails',
      )
        .argParser(atLeast(1))
        .default(5),
    );
}

/** Parses the command line of a node; ends the process with one line if options contradict each other. */
export function parseNodeOptions(
  command: Command,
  argv: readonly string[],
  /** Reads further options that depend on each other. */
  read: (command: Command, options: OptionValues) => object = () => ({}),
): NodeOptions {
  const options = readLoggingOptions(command, parseAppOptions(command, argv));
  return readAccessOptions(command, { ...options, ...read(command, options) } as NodeOptions);
}

/** Where the records are: the database given, else a SQLite file in the data directory. */
export function locationOf({
  database,
  dataDir,
}: Pick<NodeOptions, 'database' | 'dataDir'>): DatabaseLocation {
  return database === undefined ? { path: join(dataDir, 'records.sqlite') } : { url: database };
}
