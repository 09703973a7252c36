import {
  container as root,
  instanceCachingFactory,
  type DependencyContainer,
  type InjectionToken,
} from 'tsyringe';
import {
  createFileStore,
  createJobLeases,
  createJobStore,
  createRecordStore,
  type Database,
  type RecordStore,
  type Tracking,
} from '@synergos/artifacts';
import { concealingParticipants, withJobContext } from '@synergos/command-line';
import { trackTrainings } from '@synergos/orchestration';
import { createGridEligibility, type GridThread } from '@synergos/ttp-runtime';
import { createReadiness } from '@synergos/ttp-runtime/options';
import { createRegistry, type LoadedPlugin } from '@synergos/fed-algorithms';
import { componentLogger, type Identities, type Logger, type SystemMetrics } from '@synergos/logging';
import { createHealthApi, createMetrics, type Metrics } from '@synergos/rest-api';
import { JobConsumer, type Broker, type JobHandler, type JobLeases, type JobStore } from '@synergos/scaling';
import type { ClusterOptions } from './options.js';

/** What has to be opened or read before anything can be built. */
export interface Resources {
  readonly options: ClusterOptions;
  readonly logger: Logger;
  readonly identities: Identities | undefined;
  readonly database: Database;
  readonly plugins: readonly LoadedPlugin[];
  readonly tracking: Tracking;
  readonly broker: Broker;
  readonly grid: GridThread;
  readonly system: SystemMetrics;
  /** Whether the process takes work. */
  readonly isReady: () => boolean;
}

export const tokens = {
  records: Symbol('records') as InjectionToken<RecordStore>,
  jobs: Symbol('jobs') as InjectionToken<JobStore & JobLeases>,
  consumer: Symbol('consumer') as InjectionToken<JobConsumer>,
  metrics: Symbol('metrics') as InjectionToken<Metrics>,
  handlers: Symbol('handlers') as InjectionToken<Readonly<Record<string, JobHandler>>>,
  healthApi: Symbol('healthApi') as InjectionToken<ReturnType<typeof createHealthApi>>,
};

/** The wiring of the main thread: jobs from the queue, which the grid's thread does. */
export function buildContainer(resources: Resources): DependencyContainer {
  const { options, logger, identities, database, plugins, tracking, broker, grid, system, isReady } =
    resources;
  const container = root.createChildContainer();
  const provide = <Part>(token: InjectionToken<Part>, build: (from: DependencyContainer) => Part) =>
    container.register(token, { useFactory: instanceCachingFactory(build) });

  provide(tokens.records, () => concealingParticipants(createRecordStore(database), identities));
  provide(tokens.jobs, () => ({ ...createJobStore(database), ...createJobLeases(database) }));

  provide(
    tokens.consumer,
    (from) =>
      new JobConsumer({
        broker,
        store: from.resolve(tokens.jobs),
        holder: options.id,
        canTake: createGridEligibility({
          records: from.resolve(tokens.records),
          grid: options.grid,
          isConnected: (name) =>
            grid.state.participants.some(({ participant, connected }) => participant === name && connected),
        }),
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
    const train = trackTrainings(grid.handlers.train, {
      tracking,
      jobs: from.resolve(tokens.jobs),
      records: from.resolve(tokens.records),
      files: createFileStore(options.outputsDir),
      registry: createRegistry(plugins),
      logger: componentLogger(logger, 'tracking'),
    });
    return from.resolve(tokens.metrics).countRounds({ ...grid.handlers, train });
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
