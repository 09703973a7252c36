import {
  addLoggingOptions,
  appCommand,
  appOption,
  atLeast,
  loggingExample,
  type Command,
} from '@synergos/command-line';
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
  readonly parallelJobs: number;
}

/** The command line of a cluster's TTP. */
export function clusterCommand(): Command {
  const about =
    "Run a TTP of a cluster: serve one grid of workers and run the director's jobs from the queue.";
  const command = appCommand('synergos-cluster', about, [
    `synergos-cluster --grid 0 ${queueExample} --database postgres://db.example.org/synergos --outputs-dir /shared/outputs`,
    'synergos-cluster -g 1 -mq rabbitmq 127.0.0.1 5672 --port 0 --data-port 8021 --database sqlite:./director/data/records.sqlite',
    `synergos-cluster --grid 0 ${queueExample} ${loggingExample}`,
    'SYNERGOS_QUEUE="rabbitmq mq 5672" SYNERGOS_QUEUE_USER=synergos SYNERGOS_QUEUE_PASSWORD=… synergos-cluster --database …',
  ]);
  addNodeOptions(command, {
    role: 'ttp',
    port: 'port of health and metrics',
    dataDir: 'folder of scratch files of this TTP',
    outputsDir: 'folder of models and checkpoints, shared with the director and all TTPs',
    database: "the director's database: postgres://… or, on the same machine, sqlite:PATH",
  }).addOption(
    appOption('-g, --grid <index>', 'index of the grid: workers of node_<index> connect to this TTP')
      .argParser(atLeast(0))
      .default(0),
  );
  addGridOptions(command)
    .addOption(
      appOption(
        '--lease <seconds>',
        'duration of the lease of a job: another TTP resumes the job this long after a crash',
      )
        .argParser(atLeast(1))
        .default(15),
    )
    .addOption(
      appOption(
        '--drain <seconds>',
        'time that a running job may take to end when this TTP stops; then another TTP resumes it',
      )
        .argParser(atLeast(0))
        .default(10),
    );
  addQueueOptions(addEngineOptions(addAccessOptions(command, 'data port')));
  return addLoggingOptions(command);
}

export function parseOptions(argv: readonly string[]): ClusterOptions {
  return parseNodeOptions(clusterCommand(), argv, (command, options) => {
    if (options.database === undefined)
      command.error(
        "error: --database is needed: the director's, postgres://… or, on its machine, sqlite:PATH",
      );
    return readQueueOptions(command, options);
  }) as ClusterOptions;
}
