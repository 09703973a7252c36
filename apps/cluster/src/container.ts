import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import {
  container as root,
  instanceCachingFactory,
  type DependencyContainer,
  type InjectionToken,
} from 'tsyringe';
import { clusterId, createJobLeases, createJobStore } from '@synergos/artifacts';
import { withJobContext, type RunningApp } from '@synergos/command-line';
import { componentLogger } from '@synergos/logging';
import { trackTrainings } from '@synergos/orchestration';
import { createHealthApi, createMetrics, serve, type Metrics } from '@synergos/rest-api';
import {
  Broker,
  JobConsumer,
  observed,
  type JobHandler,
  type JobLeases,
  type JobStore,
} from '@synergos/scaling';
import {
  announcePresence,
  createGridEligibility,
  namespaceOf,
  openOrClose,
  openResources,
  startGrid,
  type GridThread,
  type Resources,
} from '@synergos/ttp-runtime';
import {
  createReadiness,
  serverOptions,
  type StartedNode,
  warnOfAccess,
} from '@synergos/ttp-runtime/options';
import type { ClusterOptions } from './options.js';

/** Starts a cluster's TTP: listens for its grid's workers, and runs the jobs that they can do. */
export function startCluster(node: StartedNode<ClusterOptions>, thread: Worker): Promise<RunningApp> {
  const { options, logs } = node;
  return openOrClose(async (closing) => {
    const { id, grid: index, host, dataDir, outputsDir } = options;
    const { logger } = logs;
    const own = componentLogger(logger, 'app');
    warnOfAccess(options, 'data port', own);
    const resources = await openResources(options, {
      logs,
      database: node.database,
      program: 'synergos-cluster',
      isOwner: false,
      closing,
    });
    const { database } = resources;
    await rm(join(dataDir, 'scratch'), { recursive: true, force: true });
    const cluster = await clusterId(database, outputsDir);
    const broker = await Broker.open({
      address: options.queue,
      namespace: namespaceOf(cluster),
      logger: componentLogger(logger, 'broker'),
    });
    closing.add(() => broker.close());
    const grid = await startGrid(thread, own);
    closing.add(() => grid.close());

    let isReady = false;
    const container = buildContainer({ ...resources, options, broker, grid, isReady: () => isReady });
    const consumer = container.resolve(tokens.consumer);
    const health = await serve(container.resolve(tokens.healthApi), serverOptions(node));
    closing.add(() => health.close());
    const presence = announcePresence(broker, () => ({
      ttp: id,
      grid: index,
      dataPort: grid.port,
      job: consumer.running[0]?.id ?? null,
      jobs: consumer.running.map(({ id: job }) => job),
      participants: grid.state.participants,
    }));
    closing.add(() => presence.close());
    broker.onTopic('disconnect', (participant) => {
      if (typeof participant === 'string')
        grid
          .disconnect(participant)
          .catch((error: unknown) => own.warn({ err: error }, 'a worker was not disconnected'));
    });
    consumer.start(container.resolve(tokens.handlers));
    closing.add(() => consumer.close({ drainMs: options.drain * 1000 }));
    isReady = true;
    closing.add(() => {
      isReady = false;
      own.info({ drainSeconds: options.drain, jobs: consumer.running.map(({ id: job }) => job) }, 'stopping');
    });
    own.info(
      {
        grid: index,
        host,
        port: health.port,
        dataPort: grid.port,
        engine: grid.engine,
        database: database.name,
        outputsDir,
        cluster,
      },
      'ready',
    );
    return closing;
  });
}

interface Parts extends Resources {
  readonly options: ClusterOptions;
  readonly broker: Broker;
  readonly grid: GridThread;
  /** Whether the process takes jobs. */
  readonly isReady: () => boolean;
}

const tokens = {
  jobs: Symbol('jobs') as InjectionToken<JobStore & JobLeases>,
  consumer: Symbol('consumer') as InjectionToken<JobConsumer>,
  metrics: Symbol('metrics') as InjectionToken<Metrics>,
  handlers: Symbol('handlers') as InjectionToken<Readonly<Record<string, JobHandler>>>,
  healthApi: Symbol('healthApi') as InjectionToken<ReturnType<typeof createHealthApi>>,
};

/** The wiring of the main thread: jobs from the queue, which the grid's thread runs. */
function buildContainer(parts: Parts): DependencyContainer {
  const { options, logger, database, records, storage, registry, tracking, broker, grid, system, isReady } =
    parts;
  const container = root.createChildContainer();
  const provide = <Part>(token: InjectionToken<Part>, build: (from: DependencyContainer) => Part) =>
    container.register(token, { useFactory: instanceCachingFactory(build) });

  provide(tokens.jobs, () => ({ ...createJobStore(database), ...createJobLeases(database) }));

  provide(
    tokens.consumer,
    (from) =>
      new JobConsumer({
        broker,
        store: from.resolve(tokens.jobs),
        holder: options.id,
        canTake: createGridEligibility({
          records,
          grid: options.grid,
          isConnected: (name) =>
            grid.state.participants.some(({ participant, connected }) => participant === name && connected),
        }),
        concurrency: options.parallelJobs,
        exclusive: ({ payload: { collab_id, project_id } }) => JSON.stringify([collab_id, project_id]),
        leaseMs: options.lease * 1000,
        maxCrashes: options.giveUpAfter,
        around: withJobContext,
        logger: componentLogger(logger, 'jobs'),
      }),
  );

  provide(tokens.metrics, (from) =>
    createMetrics({
      jobs: from.resolve(tokens.jobs),
      connectedWorkers: () => grid.state.participants.filter(({ connected }) => connected).length,
      traffic: () => grid.state.traffic,
      system: system.latest,
    }),
  );

  provide(tokens.handlers, (from) => {
    const trainings = trackTrainings({
      tracking,
      jobs: from.resolve(tokens.jobs),
      records,
      artifacts: storage.artifacts,
      registry,
      logger: componentLogger(logger, 'tracking'),
    });
    return observed(grid.handlers, [trainings, from.resolve(tokens.metrics).rounds]);
  });

  provide(tokens.healthApi, (from) =>
    createHealthApi({
      ready: createReadiness({
        folders: { data: options.dataDir, outputs: options.outputsDir },
        database,
        conditions: {
          'the start is not complete': isReady,
          'the broker is not connected': () => broker.channel !== undefined,
        },
      }),
      metrics: from.resolve(tokens.metrics),
    }),
  );

  return container;
}
