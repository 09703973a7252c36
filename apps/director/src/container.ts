import {
  container as root,
  instanceCachingFactory,
  type DependencyContainer,
  type InjectionToken,
} from 'tsyringe';
import {
  createFileStore,
  createIdempotencyKeys,
  createJobArchive,
  createJobLeases,
  createJobStore,
  createParticipantTokens,
  createRecordStore,
  type AllowsServer,
  type Database,
  type FileStore,
  type RecordStore,
  type Tracking,
} from '@synergos/artifacts';
import { concealingParticipants, withJobContext } from '@synergos/command-line';
import {
  OPTIMIZE,
  createOptimizer,
  createRunChecks,
  trackOptimizations,
  type RunChecks,
} from '@synergos/orchestration';
import { createPresenceRegistry, queueOf, requireGrid, type PresenceRegistry } from '@synergos/ttp-runtime';
import { createReadiness, hostsOf } from '@synergos/ttp-runtime/options';
import { createRegistry, type LoadedPlugin } from '@synergos/fed-algorithms';
import { componentLogger, type Identities, type Logger, type SystemMetrics } from '@synergos/logging';
import { createMetrics, createRestApi, type Auth, type Metrics } from '@synergos/rest-api';
import {
  createDividedQueue,
  createInProcessQueue,
  createRabbitmqQueue,
  jobsOfKinds,
  type Broker,
  type JobHandler,
  type JobQueue,
  type JobStore,
} from '@synergos/scaling';
import type { DirectorOptions } from './options.js';

/** What has to be opened or read before anything can be built. */
export interface Resources {
  readonly options: DirectorOptions;
  readonly logger: Logger;
  readonly identities: Identities | undefined;
  readonly system: SystemMetrics;
  readonly database: Database;
  readonly tracking: Tracking;
  /** The MLflow servers that collaborations may name; undefined: all. */
  readonly allowsTracker: AllowsServer | undefined;
  readonly broker: Broker;
  readonly plugins: readonly LoadedPlugin[];
  readonly auth: Auth;
  /** Whether the process serves. */
  readonly isReady: () => boolean;
}

/** They only wait: what they wait for is done by the grids. */
const OPTIMIZATIONS_AT_ONCE = 16;

type RestApi = ReturnType<typeof createRestApi>;

export const tokens = {
  records: Symbol('records') as InjectionToken<RecordStore>,
  files: Symbol('files') as InjectionToken<FileStore>,
  jobStore: Symbol('jobStore') as InjectionToken<JobStore>,
  /** Where the grids' jobs are done. */
  gridQueue: Symbol('gridQueue') as InjectionToken<JobQueue>,
  queue: Symbol('queue') as InjectionToken<JobQueue>,
  handlers: Symbol('handlers') as InjectionToken<Readonly<Record<string, JobHandler>>>,
  presence: Symbol('presence') as InjectionToken<PresenceRegistry>,
  checks: Symbol('checks') as InjectionToken<RunChecks>,
  metrics: Symbol('metrics') as InjectionToken<Metrics>,
  restApi: Symbol('restApi') as InjectionToken<RestApi>,
};

/** The wiring of the director: the REST API, jobs to the queue, results into the records. */
export function buildContainer(resources: Resources): DependencyContainer {
  const { options, logger, identities, system, database, tracking, broker, plugins, auth, isReady } =
    resources;
  const container = root.createChildContainer();
  const provide = <Part>(token: InjectionToken<Part>, build: (from: DependencyContainer) => Part) =>
    container.register(token, { useFactory: instanceCachingFactory(build) });

  provide(tokens.records, () => concealingParticipants(createRecordStore(database), identities));
  provide(tokens.files, () => createFileStore(options.outputsDir));
  provide(tokens.checks, () => createRunChecks(createRegistry(plugins)));
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

  // Optimizations submit jobs for the grids and wait for them; that is done here.
  provide(tokens.queue, (from) => {
    const store = from.resolve(tokens.jobStore);
    const queue = createInProcessQueue({
      store: jobsOfKinds(store, (kind) => kind === OPTIMIZE),
      concurrency: OPTIMIZATIONS_AT_ONCE,
      around: withJobContext,
      logger: componentLogger(logger, 'jobs'),
    });
    return createDividedQueue({ store, kinds: [OPTIMIZE], queue, rest: from.resolve(tokens.gridQueue) });
  });
  provide(tokens.handlers, (from) => {
    const files = from.resolve(tokens.files);
    const optimize = createOptimizer({
      records: from.resolve(tokens.records),
      files,
      checks: from.resolve(tokens.checks),
      jobs: from.resolve(tokens.gridQueue),
      history: (job) => from.resolve(tokens.jobStore).events(job),
      logger: componentLogger(logger, 'optimizer'),
    });
    return { [OPTIMIZE]: trackOptimizations(optimize, { tracking, files }) };
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
    const participantTokens = createParticipantTokens(database);
    const records = from.resolve(tokens.records);
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
      files: from.resolve(tokens.files),
      checks: from.resolve(tokens.checks),
      participants: {
        issueToken: async (participant, expiresAt) => {
          const token = await participantTokens.issue(participant, expiresAt);
          disconnect(participant);
          return token;
        },
        revokeToken: async (participant) => {
          await participantTokens.revoke(participant);
          disconnect(participant);
        },
        status: (id) => presence.status(id),
      },
      grids: () => presence.list().map(({ leaves: _leaves, ...shown }) => shown),
      // It takes requests while RabbitMQ is away: jobs are kept, and published later.
      ready: createReadiness({
        folders: { data: options.dataDir, outputs: options.outputsDir },
        database,
        conditions: { 'the start is not complete': isReady },
      }),
      allowsTracker: resources.allowsTracker,
      metrics: from.resolve(tokens.metrics),
      auth,
      allowedHosts: hostsOf(options),
      logger: componentLogger(logger, 'rest-api'),
    });
  });

  return container;
}
