import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import {
  container as root,
  instanceCachingFactory,
  type DependencyContainer,
  type InjectionToken,
} from 'tsyringe';
import { createIdempotencyKeys, createJobStore, removeUnfinishedWrites } from '@synergos/artifacts';
import { withJobContext, type RunningApp } from '@synergos/command-line';
import type { RunChecks } from '@synergos/contract';
import { componentLogger } from '@synergos/logging';
import {
  createOptimizer,
  createRunChecks,
  trackOptimizations,
  trackTrainings,
} from '@synergos/orchestration';
import { createMetrics, createRestApi, serve, type Auth, type Metrics } from '@synergos/rest-api';
import {
  createDividedQueue,
  createInProcessQueue,
  jobsOfKinds,
  OPTIMIZE,
  observed,
  type JobHandler,
  type JobQueue,
  type JobStore,
} from '@synergos/scaling';
import {
  createParticipantAccess,
  openOrClose,
  openResources,
  startGrid,
  type GridThread,
  type Resources,
} from '@synergos/ttp-runtime';
import {
  createReadiness,
  hostsOf,
  readAuth,
  serverOptions,
  type StartedNode,
  warnOfAccess,
} from '@synergos/ttp-runtime/options';
import type { BasicOptions } from './options.js';

/** Starts the basic TTP: opens its stores, listens on both ports, and runs the jobs that are due. */
export function startBasic(node: StartedNode<BasicOptions>, thread: Worker): Promise<RunningApp> {
  const { options, logs } = node;
  return openOrClose(async (closing) => {
    const { host, dataDir, outputsDir } = options;
    const own = componentLogger(logs.logger, 'app');
    if (options.queue !== undefined)
      own.warn(
        {},
        '--queue has no effect on the basic TTP, which runs its jobs itself; a cluster has a queue',
      );
    warnOfAccess(options, 'both ports', own);
    const resources = await openResources(options, {
      logs,
      database: node.database,
      program: 'synergos-basic',
      isOwner: true,
      closing,
    });
    await removeUnfinishedWrites(outputsDir);
    await rm(join(dataDir, 'scratch'), { recursive: true, force: true });
    const auth = await readAuth(options, own);
    const grid = await startGrid(thread, own);
    closing.add(() => grid.close());

    let isReady = false;
    const container = buildContainer({ ...resources, options, auth, grid, isReady: () => isReady });
    const rest = await serve(container.resolve(tokens.restApi), serverOptions(node));
    closing.add(() => rest.close());
    const queue = container.resolve(tokens.queue);
    closing.add(() => queue.close());
    await queue.start(container.resolve(tokens.handlers));
    isReady = true;
    closing.add(() => {
      isReady = false;
      own.info({}, 'stopping');
    });
    const { database } = resources;
    own.info(
      { host, port: rest.port, dataPort: grid.port, engine: grid.engine, database: database.name },
      'ready',
    );
    return closing;
  });
}

interface Parts extends Resources {
  readonly options: BasicOptions;
  readonly auth: Auth;
  readonly grid: GridThread;
  /** Whether both ports listen and the queue runs. */
  readonly isReady: () => boolean;
}

const tokens = {
  jobStore: Symbol('jobStore') as InjectionToken<JobStore>,
  /** Runs the grid's jobs: those of one project one after another. */
  gridQueue: Symbol('gridQueue') as InjectionToken<JobQueue>,
  queue: Symbol('queue') as InjectionToken<JobQueue>,
  handlers: Symbol('handlers') as InjectionToken<Readonly<Record<string, JobHandler>>>,
  checks: Symbol('checks') as InjectionToken<RunChecks>,
  metrics: Symbol('metrics') as InjectionToken<Metrics>,
  restApi: Symbol('restApi') as InjectionToken<ReturnType<typeof createRestApi>>,
};

/** The wiring of the main thread: the REST API, and the queue of the jobs that the grid's thread runs. */
function buildContainer(parts: Parts): DependencyContainer {
  const { options, logger, database, records, storage, registry, tracking, auth, grid, system, isReady } =
    parts;
  const container = root.createChildContainer();
  const provide = <Part>(token: InjectionToken<Part>, build: (from: DependencyContainer) => Part) =>
    container.register(token, { useFactory: instanceCachingFactory(build) });

  provide(tokens.checks, () => createRunChecks(registry));
  provide(tokens.jobStore, () => createJobStore(database));

  const queueOf = (from: DependencyContainer, includes: (kind: string) => boolean) =>
    createInProcessQueue({
      store: jobsOfKinds(from.resolve(tokens.jobStore), includes),
      maxCrashes: options.giveUpAfter,
      concurrency: options.parallelJobs,
      // Jobs of one project follow one another; a stalled job does not hold up those of other projects.
      exclusive: ({ payload: { collab_id, project_id } }) => JSON.stringify([collab_id, project_id]),
      around: withJobContext,
      logger: componentLogger(logger, 'jobs'),
    });
  provide(tokens.gridQueue, (from) => queueOf(from, (kind) => kind !== OPTIMIZE));
  // Optimizations wait for jobs of the grid, so they have a queue of their own.
  provide(tokens.queue, (from) =>
    createDividedQueue({
      store: from.resolve(tokens.jobStore),
      kinds: [OPTIMIZE],
      queue: queueOf(from, (kind) => kind === OPTIMIZE),
      rest: from.resolve(tokens.gridQueue),
    }),
  );

  provide(tokens.metrics, (from) =>
    createMetrics({
      jobs: from.resolve(tokens.queue),
      connectedWorkers: () => grid.state.participants.filter(({ connected }) => connected).length,
      traffic: () => grid.state.traffic,
      system: system.latest,
    }),
  );

  provide(tokens.handlers, (from) => {
    const jobs = from.resolve(tokens.jobStore);
    const trainings = trackTrainings({
      tracking,
      jobs,
      records,
      artifacts: storage.artifacts,
      registry,
      logger: componentLogger(logger, 'tracking'),
    });
    const optimize = createOptimizer({
      records,
      artifacts: storage.artifacts,
      checks: from.resolve(tokens.checks),
      jobs: from.resolve(tokens.gridQueue),
      history: (job) => jobs.events(job),
      logger: componentLogger(logger, 'optimizer'),
    });
    return observed({ ...grid.handlers, [OPTIMIZE]: optimize }, [
      trainings,
      trackOptimizations({ tracking, artifacts: storage.artifacts }),
      from.resolve(tokens.metrics).rounds,
    ]);
  });

  provide(tokens.restApi, (from) =>
    createRestApi({
      records,
      jobs: from.resolve(tokens.queue),
      idempotencyKeys: createIdempotencyKeys(database),
      overwrite: options.overwrite,
      storage,
      checks: from.resolve(tokens.checks),
      participants: {
        ...createParticipantAccess(database, (participant) => grid.disconnect(participant)),
        status: (id) => grid.state.participants.find(({ participant }) => participant === id),
      },
      ready: createReadiness({
        folders: { data: options.dataDir, outputs: options.outputsDir },
        database,
        conditions: { 'the start is not complete': isReady },
      }),
      allowsTracker: parts.allowsTracker,
      metrics: from.resolve(tokens.metrics),
      auth,
      allowedHosts: hostsOf(options),
      logger: componentLogger(logger, 'rest-api'),
    }),
  );

  return container;
}
