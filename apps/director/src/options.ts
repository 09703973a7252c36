import {
  addLoggingOptions,
  addResourceOptions,
  appCommand,
  type Command,
  loggingExample,
  overwriteOption,
} from '@synergos/command-line';
import {
  addAccessOptions,
  addNodeOptions,
  addQueueOptions,
  parseNodeOptions,
  queueExample,
  readQueueOptions,
  type NodeOptions,
  type QueueChoices,
} from '@synergos/ttp-runtime/options';

export interface DirectorOptions extends NodeOptions, QueueChoices {
  readonly overwrite: boolean;
  readonly allowedHost: readonly string[];
}

/** The command line of the director. */
export function directorCommand(): Command {
  const about = 'Run the director of a cluster: serve the REST API, publish jobs, record results.';
  const command = appCommand('synergos-director', about, [
    `synergos-director ${queueExample} --database postgres://db.example.org/synergos --outputs-dir /shared/outputs`,
    'synergos-director -mq rabbitmq 127.0.0.1 5672 --data-dir ./director/data --outputs-dir ./outputs',
    `synergos-director ${queueExample} ${loggingExample}`,
    'SYNERGOS_QUEUE="rabbitmq mq 5672" SYNERGOS_QUEUE_USER=synergos SYNERGOS_QUEUE_PASSWORD=… synergos-director',
  ]);
  addNodeOptions(command, {
    role: 'director',
    port: 'port of the REST API',
    dataDir: 'folder of admin token and records',
    outputsDir: 'folder of models and checkpoints, shared with all TTPs',
    database: 'database of records: postgres://… or sqlite:PATH (default: a file in --data-dir)',
  }).addOption(overwriteOption());
  addResourceOptions(command, {
    cpus: 'accepted for compatibility; the director computes nothing',
    gpus: 'accepted for compatibility; the director computes nothing',
  });
  addQueueOptions(addAccessOptions(command, 'REST API'));
  return addLoggingOptions(command);
}

export function parseOptions(argv: readonly string[]): DirectorOptions {
  return parseNodeOptions(directorCommand(), argv, readQueueOptions) as DirectorOptions;
}
