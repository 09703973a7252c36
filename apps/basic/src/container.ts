import { join } from 'node:path';
import {
  container as root,
  instanceCachingFactory,
  type DependencyContainer,
  type InjectionToken,
} from 'tsyringe';
import {
  createFileStore,
  createJobStore,
  createParticipantTokens,
  createRecordStore,
  type Database,
  type FileStore,
  type RecordStore,
} from '@synergos/artifacts';
import {
  createEngine,
  createRegistry,
  type Engine,
  type LoadedPlugin,
  type Registry,
} from '@synergos/fed-algorithms';
import { componentLogger, type Logger } from '@synergos/logging';
import { createJobHandlers, createRunChecks, type RunChecks } from '@synergos/orchestration';
import { createMetrics, createRestApi, type Auth, type Metrics } from '@synergos/rest-api';
import { DataPlane } from '@synergos/rpc-core';
import { createInProcessQueue, type JobHandler, type JobQueue } from '@synergos/scaling';
import type { BasicOptions } from './options.js';

/** What has to be opened or read before anything can be built. */
export interface Resources {
  readonly options: BasicOptions;
  readonly logger: Logger;
  readonly database: Database;
  readonly plugins: readonly LoadedPlugin[];
  readonly auth: Auth;
  /** Whether the process takes work: both ports listen and the queue runs. */
  readonly isReady: () => boolean;
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
}

type RestApi = ReturnType<typeof createRestApi>;
type Tokens = ReturnType<typeof createParticipantTokens>;

export const tokens = {
  database: Symbol('database') as InjectionToken<Database>,
  records: Symbol('records') as InjectionToken<RecordStore>,
  files: Symbol('files') as InjectionToken<FileStore>,
  participantTokens: Symbol('participantTokens') as InjectionToken<Tokens>,
  registry: Symbol('registry') as InjectionToken<Registry>,
  engine: Symbol('engine') as InjectionToken<Engine>,
  dataPlane: Symbol('dataPlane') as InjectionToken<DataPlane>,
  queue: Symbol('queue') as InjectionToken<JobQueue>,
  handlers: Symbol('handlers') as InjectionToken<Readonly<Record<string, JobHandler>>>,
  checks: Symbol('checks') as InjectionToken<RunChecks>,
  metrics: Symbol('metrics') as InjectionToken<Metrics>,
  restApi: Symbol('restApi') as InjectionToken<RestApi>,
};

/** The wiring of the basic TTP. */
export function buildContainer(resources: Resources): DependencyContainer {
  const { options, logger, database, plugins, auth, isReady, tls } = resources;
  const container = root.createChildContainer();
  const provide = <Part>(token: InjectionToken<Part>, build: (from: DependencyContainer) => Part) =>
    container.register(token, { useFactory: instanceCachingFactory(build) });

  container.registerInstance(tokens.database, database);
  provide(tokens.records, () => createRecordStore(database));
  provide(tokens.files, () => createFileStore(options.outputsDir));
  provide(tokens.participantTokens, () => createParticipantTokens(database));
  provide(tokens.registry, () => createRegistry(plugins));
  provide(tokens.engine, () => createEngine(options.engine));
  provide(tokens.checks, (from) => createRunChecks(from.resolve(tokens.registry)));

  provide(tokens.dataPlane, (from) => {
    const participantTokens = from.resolve(tokens.participantTokens);
    const records = from.resolve(tokens.records);
    return new DataPlane({
      logger: componentLogger(logger, 'data-plane'),
      authenticate: async (participant, token) => {
        if (auth.kind === 'token') return participantTokens.verify(participant, token);
        const known = await records.get('Participant', { participant_id: participant });
        return known === undefined ? 'unknown participant' : 'ok';
      },
      ...(tls === undefined ? {} : { tls }),
    });
  });

  provide(tokens.queue, () =>
    createInProcessQueue({ store: createJobStore(database), logger: componentLogger(logger, 'jobs') }),
  );

  provide(tokens.handlers, (from) =>
    createJobHandlers({
      records: from.resolve(tokens.records),
      files: from.resolve(tokens.files),
      dataPlane: from.resolve(tokens.dataPlane),
      registry: from.resolve(tokens.registry),
      engine: from.resolve(tokens.engine),
      scratchDirectory: join(options.dataDir, 'scratch'),
      keepCheckpoints: options.keepCheckpoints,
      onRound: (round) => from.resolve(tokens.metrics).roundCompleted(round),
      logger: componentLogger(logger, 'orchestration'),
    }),
  );

  provide(tokens.metrics, (from) => {
    const dataPlane = from.resolve(tokens.dataPlane);
    return createMetrics({
      jobs: from.resolve(tokens.queue),
      connectedWorkers: () => dataPlane.participants().filter(({ connected }) => connected).length,
      traffic: () => dataPlane.traffic(),
    });
  });

  provide(tokens.restApi, (from) => {
    const participantTokens = from.resolve(tokens.participantTokens);
    const dataPlane = from.resolve(tokens.dataPlane);
    return createRestApi({
      records: from.resolve(tokens.records),
      jobs: from.resolve(tokens.queue),
      files: from.resolve(tokens.files),
      checks: from.resolve(tokens.checks),
      participants: {
        issueToken: (participant) => participantTokens.issue(participant),
        revokeToken: (participant) => participantTokens.revoke(participant),
        status: (participant) => dataPlane.status(participant),
      },
      ready: isReady,
      metrics: from.resolve(tokens.metrics),
      auth,
      logger: componentLogger(logger, 'rest-api'),
    });
  });

  return container;
}
