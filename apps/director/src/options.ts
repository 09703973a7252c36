import { addResourceOptions, appCommand, loggingExample, overwriteOption } from '@synergos/command-line';
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
export function parseOptions(argv: readonly string[]): DirectorOptions {
  const about = 'The director of a cluster: REST API, jobs for the queue, records of their results.';
  const command = appCommand('synergos-director', about, [
    `synergos-director ${queueExample} --database postgres://db.example.org/synergos --outputs-dir /shared/outputs`,
    'synergos-director -mq rabbitmq 127.0.0.1 5672 --data-dir ./director/data --outputs-dir ./outputs',
    `synergos-director ${queueExample} ${loggingExample}`,
    'SYNERGOS_QUEUE="rabbitmq mq 5672" SYNERGOS_QUEUE_USER=synergos SYNERGOS_QUEUE_PASSWORD=… synergos-director',
  ]);
  addNodeOptions(command, {
    role: 'director',
    port: 'REST API',
    dataDir: 'admin token, records',
    outputsDir: 'models and checkpoints, shared with all TTPs',
    database: 'records: postgres://… or sqlite:PATH (default: a file in --data-dir)',
  }).addOption(overwriteOption());
  addResourceOptions(command, {
    cpus: 'accepted for compatibility: the director computes nothing',
    gpus: 'accepted for compatibility: the director computes nothing',
  });
  addQueueOptions(addAccessOptions(command, 'REST API'));
  return parseNodeOptions(command, argv, readQueueOptions) as DirectorOptions;
}
