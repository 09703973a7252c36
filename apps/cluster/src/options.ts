import { randomUUID } from 'node:crypto';
import {
  addLoggingOptions,
  appCommand,
  appOption,
  atLeast,
  loggingExample,
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
  addQueueOptions,
  mlflowDirOption,
  mlflowHostOption,
  queueExample,
  readAccessOptions,
  readQueueOptions,
  type AccessChoices,
  type QueueChoices,
  type TrackingChoices,
} from '@synergos/ttp-runtime/options';

export interface ClusterOptions
  extends GridOptions, AccessChoices, LoggingChoices, QueueChoices, TrackingChoices {
  readonly id: string;
  readonly grid: number;
  readonly port: number;
  readonly database: string;
  /** Seconds. */
  readonly lease: number;
  /** Seconds. */
  readonly drain: number;
  readonly giveUpAfter: number;
}

/** The command line of a cluster's TTP. */
export function parseOptions(argv: readonly string[]): ClusterOptions {
  const about = "A TTP of a cluster: bound to one grid of workers, does the director's jobs from the queue.";
  const command = appCommand('synergos-cluster', about, [
    `synergos-cluster --grid 0 ${queueExample} --database postgres://db.example.org/synergos --outputs-dir /shared/outputs`,
    'synergos-cluster -g 1 -mq rabbitmq 127.0.0.1 5672 --port 0 --data-port 8021 --database sqlite:./director/data/records.sqlite',
    `synergos-cluster --grid 0 ${queueExample} ${loggingExample}`,
    'SYNERGOS_QUEUE="rabbitmq mq 5672" SYNERGOS_QUEUE_USER=synergos SYNERGOS_QUEUE_PASSWORD=… synergos-cluster --database …',
  ])
    .addOption(
      appOption('-i, --id <name>', 'name of this node in logs and jobs').default(
        `ttp/${randomUUID()}`,
        'ttp/<uuid>',
      ),
    )
    .addOption(
      appOption('-g, --grid <index>', "which of the participants' nodes dial here: node_<index>")
        .argParser(atLeast(0))
        .default(0),
    )
    .addOption(appOption('--host <address>', 'address to listen on').default('127.0.0.1'))
    .addOption(
      appOption('--port <number>', 'health and metrics; 0 takes a free one')
        .argParser(portNumber)
        .default(5000),
    )
    .addOption(
      appOption('--data-port <number>', 'workers dial it; 0 takes a free one')
        .argParser(portNumber)
        .default(8020),
    )
    .addOption(appOption('--data-dir <path>', 'scratch space of its own').default('./data'))
    .addOption(
      appOption('--outputs-dir <path>', "models and checkpoints: the director's, shared by all").default(
        './outputs',
      ),
    )
    .addOption(mlflowDirOption())
    .addOption(mlflowHostOption())
    .addOption(
      appOption('--database <url>', "the director's records: postgres://… or, on its machine, sqlite:PATH"),
    )
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
      appOption('--lease <seconds>', 'how long a job stands still when the TTP that has it dies')
        .argParser(atLeast(1))
        .default(15),
    )
    .addOption(
      appOption(
        '--drain <seconds>',
        'how long a job may go on once this TTP is to stop; it then goes on elsewhere',
      )
        .argParser(atLeast(0))
        .default(10),
    );
  addLoggingOptions(addQueueOptions(addEngineOptions(addAccessOptions(command, 'data port'))));
  const options = readLoggingOptions(command, parseAppOptions(command, argv));
  const { database } = options as Partial<ClusterOptions>;
  if (database === undefined)
    command.error(
      "error: --database is needed: the director's, postgres://… or, on its machine, sqlite:PATH",
    );
  return readAccessOptions(command, {
    ...options,
    ...readQueueOptions(command, options),
  } as ClusterOptions);
}
