import { randomUUID } from 'node:crypto';
import {
  addLoggingOptions,
  addResourceOptions,
  appCommand,
  appOption,
  loggingExample,
  overwriteOption,
  parseAppOptions,
  portNumber,
  readLoggingOptions,
  repeatable,
  type LoggingChoices,
} from '@synergos/command-line';
import {
  addAccessOptions,
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

export interface DirectorOptions extends AccessChoices, LoggingChoices, QueueChoices, TrackingChoices {
  readonly id: string;
  readonly port: number;
  readonly dataDir: string;
  readonly outputsDir: string;
  readonly database: string | undefined;
  readonly plugin: readonly string[];
  readonly overwrite: boolean;
  readonly allowedHost: readonly string[];
}

/** The command line of the director. */
export function parseOptions(argv: readonly string[]): DirectorOptions {
  const about =
    'The director of a cluster: its REST API, jobs to the queue, and the records of what comes home.';
  const command = appCommand('synergos-director', about, [
    `synergos-director ${queueExample} --database postgres://db.example.org/synergos --outputs-dir /shared/outputs`,
    'synergos-director -mq rabbitmq 127.0.0.1 5672 --data-dir ./director/data --outputs-dir ./outputs',
    `synergos-director ${queueExample} ${loggingExample}`,
    'SYNERGOS_QUEUE="rabbitmq mq 5672" SYNERGOS_QUEUE_USER=synergos SYNERGOS_QUEUE_PASSWORD=… synergos-director',
  ])
    .addOption(
      appOption('-i, --id <name>', 'name of this node in logs').default(
        `director/${randomUUID()}`,
        'director/<uuid>',
      ),
    )
    .addOption(appOption('--host <address>', 'address to listen on').default('127.0.0.1'))
    .addOption(
      appOption('--port <number>', 'REST API; 0 takes a free one').argParser(portNumber).default(5000),
    )
    .addOption(appOption('--data-dir <path>', 'admin token, records').default('./data'))
    .addOption(
      appOption('--outputs-dir <path>', 'models and checkpoints, shared with all TTPs').default('./outputs'),
    )
    .addOption(mlflowDirOption())
    .addOption(mlflowHostOption())
    .addOption(
      appOption('--database <url>', 'records: postgres://… or sqlite:PATH (default: a file in --data-dir)'),
    )
    .addOption(overwriteOption())
    .addOption(
      appOption('--plugin <name>', 'package or module with more algorithms; repeatable')
        .argParser(repeatable)
        .default([], 'none'),
    );
  addResourceOptions(command, {
    cpus: 'accepted for compatibility: the director computes nothing',
    gpus: 'accepted for compatibility: the director computes nothing',
  });
  addLoggingOptions(addQueueOptions(addAccessOptions(command, 'REST API')));
  const options = readLoggingOptions(command, parseAppOptions(command, argv));
  return readAccessOptions(command, {
    ...options,
    ...readQueueOptions(command, options),
  } as DirectorOptions);
}
