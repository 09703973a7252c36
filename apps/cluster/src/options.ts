import { appCommand, appOption, atLeast, loggingExample } from '@synergos/command-line';
import type { GridOptions } from '@synergos/ttp-runtime';
import {
  addAccessOptions,
  addEngineOptions,
  addGridOptions,
  addNodeOptions,
  addQueueOptions,
  parseNodeOptions,
  queueExample,
  readQueueOptions,
  type NodeOptions,
  type QueueChoices,
} from '@synergos/ttp-runtime/options';

export interface ClusterOptions extends GridOptions, NodeOptions, QueueChoices {
  readonly grid: number;
  readonly database: string;
  /** Seconds. */
  readonly lease: number;
  /** Seconds. */
  readonly drain: number;
  readonly giveUpAfter: number;
}

/** The command line of a cluster's TTP. */
export function parseOptions(argv: readonly string[]): ClusterOptions {
  const about = "A TTP of a cluster: bound to one grid of workers, runs the director's jobs from the queue.";
  const command = appCommand('synergos-cluster', about, [
    `synergos-cluster --grid 0 ${queueExample} --database postgres://db.example.org/synergos --outputs-dir /shared/outputs`,
    'synergos-cluster -g 1 -mq rabbitmq 127.0.0.1 5672 --port 0 --data-port 8021 --database sqlite:./director/data/records.sqlite',
    `synergos-cluster --grid 0 ${queueExample} ${loggingExample}`,
    'SYNERGOS_QUEUE="rabbitmq mq 5672" SYNERGOS_QUEUE_USER=synergos SYNERGOS_QUEUE_PASSWORD=… synergos-cluster --database …',
  ]);
  addNodeOptions(command, {
    role: 'ttp',
    port: 'health and metrics',
    dataDir: 'scratch space of this TTP',
    outputsDir: "models and checkpoints: the director's, shared by all",
    database: "the director's records: postgres://… or, on its machine, sqlite:PATH",
  }).addOption(
    appOption('-g, --grid <index>', "which of the participants' nodes connect here: node_<index>")
      .argParser(atLeast(0))
      .default(0),
  );
  addGridOptions(command)
    .addOption(
      appOption('--lease <seconds>', 'how long a job stands still if the TTP that runs it dies')
        .argParser(atLeast(1))
        .default(15),
    )
    .addOption(
      appOption(
        '--drain <seconds>',
        'how long a running job may continue once this TTP is to stop; another TTP then resumes it',
      )
        .argParser(atLeast(0))
        .default(10),
    );
  addQueueOptions(addEngineOptions(addAccessOptions(command, 'data port')));
  return parseNodeOptions(command, argv, (command, options) => {
    if (options.database === undefined)
      command.error(
        "error: --database is needed: the director's, postgres://… or, on its machine, sqlite:PATH",
      );
    return readQueueOptions(command, options);
  }) as ClusterOptions;
}
