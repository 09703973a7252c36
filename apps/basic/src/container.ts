import {
  container as root,
  instanceCachingFactory,
  type DependencyContainer,
  type InjectionToken,
} from 'tsyringe';
import {
  createFileStore,
  createIdempotencyKeys,
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
  trackTrainings,
  type RunChecks,
} from '@synergos/orchestration';
import type { GridThread } from '@synergos/ttp-runtime';
import { createReadiness, hostsOf } from '@synergos/ttp-runtime/options';
import { createRegistry, type LoadedPlugin, type Registry } from '@synergos/fed-algorithms';
import { componentLogger, type Identities, type Logger, type SystemMetrics } from '@synergos/logging';
import { createMetrics, createRestApi, type Auth, type Metrics } from '@synergos/rest-api';
import {
  createDividedQueue,
  createInProcessQueue,
  jobsOfKinds,
  type JobHandler,
  type JobQueue,
  type JobStore,
} from '@synergos/scaling';
import type { BasicOptions } from './options.js';

/** What has to be opened or read before anything can be built. */
export interface Resources {
  readonly options: BasicOptions;
  readonly logger: Logger;
  readonly identities: Identities | undefined;
  readonly database: Database;
  readonly tracking: Tracking;
  /** The MLflow servers that collaborations may name; undefined: all. */
  readonly allowsTracker: AllowsServer | undefined;
  readonly plugins: readonly LoadedPlugin[];
  readonly auth: Auth;
  readonly grid: GridThread;
  readonly system: SystemMetrics;
  /** Whether the process takes work: both ports listen and the queue runs. */
  readonly isReady: () => boolean;
}

type RestApi = ReturnType<typeof createRestApi>;

export const tokens = {
  records: Symbol('records') as InjectionToken<RecordStore>,
  files: Symbol('files') as InjectionToken<FileStore>,
  jobStore: Symbol('jobStore') as InjectionToken<JobStore>,
  /** Where the grid's jobs run: those of one project one after another. */
  gridQueue: Symbol('gridQueue') as InjectionToken<JobQueue>,
  queue: Symbol('queue') as InjectionToken<JobQueue>,
  handlers: Symbol('handlers') as InjectionToken<Readonly<Record<string, JobHandler>>>,
  registry: Symbol('registry') as InjectionToken<Registry>,
  checks: Symbol('checks') as InjectionToken<RunChecks>,
  metrics: Symbol('metrics') as InjectionToken<Metrics>,
  restApi: Symbol('restApi') as InjectionToken<RestApi>,
};

/** The wiring of the main thread: the REST API and its jobs, which the grid's thread does. */
export function buildContainer(resources: Resources): DependencyContainer {
  const { options, logger, identities, database, tracking, plugins, auth, grid, system, isReady } = resources;
  const container = root.createChildContainer();
  const provide = <Part>(token: InjectionToken<Part>, build: (from: DependencyContainer) => Part) =>
    container.register(token, { useFactory: instanceCachingFactory(build) });

  provide(tokens.records, () => concealingParticipants(createRecordStore(database), identities));
  provide(tokens.files, () => createFileStore(options.outputsDir));
  provide(tokens.registry, () => createRegistry(plugins));
  provide(tokens.checks, (from) => createRunChecks(from.resolve(tokens.registry)));

  provide(tokens.jobStore, () => createJobStore(database));
  const queueOf = (from: DependencyContainer, includes: (kind: string) => boolean) =>
    createInProcessQueue({
      store: jobsOfKinds(from.resolve(tokens.jobStore), includes),
      maxCrashes: options.giveUpAfter,
      concurrency: options.parallelJobs,
      // A project's jobs follow one another; a stalled one does not hold up those of other projects.
      exclusive: ({ payload: { collab_id, project_id } }) => JSON.stringify([collab_id, project_id]),
      around: withJobContext,
      logger: componentLogger(logger, 'jobs'),
    });
  provide(tokens.gridQueue, (from) => queueOf(from, (kind) => kind !== OPTIMIZE));
  // Optimizations wait for jobs of the grid, and so do not stand in line with them.
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
    const records = from.resolve(tokens.records);
    const files = from.resolve(tokens.files);
    const registry = from.resolve(tokens.registry);
    const trackLogger = componentLogger(logger, 'tracking');
    const train = trackTrainings(grid.handlers.train, {
      tracking,
      jobs: from.resolve(tokens.jobStore),
      records,
      files,
      registry,
      logger: trackLogger,
    });
    const optimize = createOptimizer({
      records,
      files,
      checks: from.resolve(tokens.checks),
      jobs: from.resolve(tokens.gridQueue),
      history: (job) => from.resolve(tokens.jobStore).events(job),
      logger: componentLogger(logger, 'optimizer'),
    });
    return {
      ...from.resolve(tokens.metrics).countRounds({ ...grid.handlers, train }),
      [OPTIMIZE]: trackOptimizations(optimize, { tracking, files }),
    };
  });

  provide(tokens.restApi, (from) => {
    const participantTokens = createParticipantTokens(database);
    return createRestApi({
      records: from.resolve(tokens.records),
      jobs: from.resolve(tokens.queue),
      idempotencyKeys: createIdempotencyKeys(database),
      overwrite: options.overwrite,
      files: from.resolve(tokens.files),
      checks: from.resolve(tokens.checks),
      participants: {
        issueToken: async (participant, expiresAt) => {
          const token = await participantTokens.issue(participant, expiresAt);
          await grid.disconnect(participant);
          return token;
        },
        revokeToken: async (participant) => {
          await participantTokens.revoke(participant);
          await grid.disconnect(participant);
        },
        status: (id) => grid.state.participants.find(({ participant }) => participant === id),
      },
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
