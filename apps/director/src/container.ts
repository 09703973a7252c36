import {
  container as root,
  instanceCachingFactory,
  type DependencyContainer,
  type InjectionToken,
} from 'tsyringe';
import {
  clusterId,
  createIdempotencyKeys,
  createJobArchive,
  createJobLeases,
  createJobStore,
} from '@synergos/artifacts';
import { withJobContext, type RunningApp } from '@synergos/command-line';
import type { RunChecks } from '@synergos/contract';
import { componentLogger } from '@synergos/logging';
import { createOptimizer, createRunChecks, trackOptimizations } from '@synergos/orchestration';
import { createMetrics, createRestApi, serve, type Auth, type Metrics } from '@synergos/rest-api';
import {
  Broker,
  createDividedQueue,
  createInProcessQueue,
  createRabbitmqQueue,
  jobsOfKinds,
  OPTIMIZE,
  observed,
  type JobHandler,
  type JobQueue,
  type JobStore,
} from '@synergos/scaling';
import {
  createParticipantAccess,
  createPresenceRegistry,
  queueOf,
  namespaceOf,
  openOrClose,
  openResources,
  requireGrid,
  type PresenceRegistry,
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
import type { DirectorOptions } from './options.js';

/** Starts the director: opens its stores, serves REST, and records the results that TTPs deliver. */
export function startDirector(node: StartedNode<DirectorOptions>): Promise<RunningApp> {
  const { options, logs } = node;
  return openOrClose(async (closing) => {
    const { host, outputsDir } = options;
    const { logger } = logs;
    const own = componentLogger(logger, 'app');
    warnOfAccess(options, 'REST API', own);
    const resources = await openResources(options, {
      logs,
      database: node.database,
      program: 'synergos-director',
      isOwner: true,
      closing,
    });
    const { database } = resources;
    const cluster = await clusterId(database, outputsDir);
    const auth = await readAuth(options, own);
    const broker = await Broker.open({
      address: options.queue,
      namespace: namespaceOf(cluster),
      logger: componentLogger(logger, 'broker'),
    });
    closing.add(() => broker.close());

    let isReady = false;
    const container = buildContainer({ ...resources, options, broker, auth, isReady: () => isReady });
    const presence = container.resolve(tokens.presence);
    broker.onTopic('presence', (data) => presence.hear(data));
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
    own.info({ host, port: rest.port, database: database.name, outputsDir, cluster }, 'ready');
    return closing;
  });
}

interface Parts extends Resources {
  readonly options: DirectorOptions;
  readonly broker: Broker;
  readonly auth: Auth;
  /** Whether the process serves. */
  readonly isReady: () => boolean;
}

/** Optimizations that run at the same time: they only wait for jobs of the grids. */
const PARALLEL_OPTIMIZATIONS = 16;

const tokens = {
  jobStore: Symbol('jobStore') as InjectionToken<JobStore>,
  /** Publishes the grids' jobs. */
  gridQueue: Symbol('gridQueue') as InjectionToken<JobQueue>,
  queue: Symbol('queue') as InjectionToken<JobQueue>,
  handlers: Symbol('handlers') as InjectionToken<Readonly<Record<string, JobHandler>>>,
  presence: Symbol('presence') as InjectionToken<PresenceRegistry>,
  checks: Symbol('checks') as InjectionToken<RunChecks>,
  metrics: Symbol('metrics') as InjectionToken<Metrics>,
  restApi: Symbol('restApi') as InjectionToken<ReturnType<typeof createRestApi>>,
};

/** The wiring of the director: the REST API, jobs for the queue, records of results. */
function buildContainer(parts: Parts): DependencyContainer {
  const { options, logger, system, database, records, storage, registry, tracking, broker, auth, isReady } =
    parts;
  const container = root.createChildContainer();
  const provide = <Part>(token: InjectionToken<Part>, build: (from: DependencyContainer) => Part) =>
    container.register(token, { useFactory: instanceCachingFactory(build) });

  provide(tokens.checks, () => createRunChecks(registry));
  provide(tokens.presence, () => createPresenceRegistry());

  provide(tokens.jobStore, () => createJobStore(database));
  provide(tokens.gridQueue, (from) =>
    createRabbitmqQueue({
      broker,
      store: { ...from.resolve(tokens.jobStore), ...createJobLeases(database) },
      queueOf,
      end: createJobArchive(database),
      around: withJobContext,
      logger: componentLogger(logger, 'jobs'),
    }),
  );

  // Optimizations run here: they submit jobs for the grids and wait for them.
  provide(tokens.queue, (from) => {
    const store = from.resolve(tokens.jobStore);
    const queue = createInProcessQueue({
      store: jobsOfKinds(store, (kind) => kind === OPTIMIZE),
      concurrency: PARALLEL_OPTIMIZATIONS,
      around: withJobContext,
      logger: componentLogger(logger, 'jobs'),
    });
    return createDividedQueue({ store, kinds: [OPTIMIZE], queue, rest: from.resolve(tokens.gridQueue) });
  });
  provide(tokens.handlers, (from) => {
    const optimize = createOptimizer({
      records,
      artifacts: storage.artifacts,
      checks: from.resolve(tokens.checks),
      jobs: from.resolve(tokens.gridQueue),
      history: (job) => from.resolve(tokens.jobStore).events(job),
      logger: componentLogger(logger, 'optimizer'),
    });
    return observed({ [OPTIMIZE]: optimize }, [
      trackOptimizations({ tracking, artifacts: storage.artifacts }),
    ]);
  });

  provide(tokens.metrics, (from) => {
    const workers = () =>
      from
        .resolve(tokens.presence)
        .list()
        .flatMap(({ participants }) => participants);
    return createMetrics({
      jobs: from.resolve(tokens.queue),
      connectedWorkers: () => workers().filter(({ connected }) => connected).length,
      // Tensors go past the director.
      traffic: () => ({ receivedBytes: 0, sentBytes: 0 }),
      system: system.latest,
    });
  });

  provide(tokens.restApi, (from) => {
    const queue = from.resolve(tokens.queue);
    const presence = from.resolve(tokens.presence);
    const disconnect = (participant: string) =>
      broker.announce({ type: 'told', topic: 'disconnect', data: participant });
    const submit: JobQueue['submit'] = async (kind, payload, more) => {
      await requireGrid(records, { kind, payload });
      return queue.submit(kind, payload, more);
    };
    return createRestApi({
      records,
      jobs: {
        submit,
        get: (id) => queue.get(id),
        list: (filter) => queue.list(filter),
        counts: () => queue.counts(),
        cancel: (id) => queue.cancel(id),
        wait: (id, how) => queue.wait(id, how),
        events: (id, how) => queue.events(id, how),
        start: (handlers) => queue.start(handlers),
        close: () => queue.close(),
      },
      idempotencyKeys: createIdempotencyKeys(database),
      overwrite: options.overwrite,
      storage,
      checks: from.resolve(tokens.checks),
      participants: {
        ...createParticipantAccess(database, disconnect),
        status: (id) => presence.status(id),
      },
      grids: () => presence.list().map(({ leaves: _leaves, ...shown }) => shown),
      // Requests are accepted while RabbitMQ is away: jobs are stored, and published later.
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
    });
  });

  return container;
}
