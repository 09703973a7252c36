import { join } from 'node:path';
import {
  container as root,
  instanceCachingFactory,
  type DependencyContainer,
  type InjectionToken,
} from 'tsyringe';
import {
  createFileStore,
  createParticipantTokens,
  createRecordStore,
  type Database,
  type FileStore,
  type RecordStore,
} from '@synergos/artifacts';
import { askingInContext, concealingParticipants, inJobContext } from '@synergos/command-line';
import { createRegistry, type Engine, type LoadedPlugin, type Registry } from '@synergos/fed-algorithms';
import { componentLogger, type Identities, type Logger } from '@synergos/logging';
import { createJobHandlers, handlersSentHome, jobKinds } from '@synergos/orchestration';
import { DataPlane } from '@synergos/rpc-core';
import type { JobHandler } from '@synergos/scaling';
import type { ClusterOptions } from '../options.js';
import type { GridSettings } from './settings.js';

/** What has to be opened or read before anything can be built. */
export interface GridResources {
  readonly options: ClusterOptions;
  readonly logger: Logger;
  readonly identities: Identities | undefined;
  readonly database: Database;
  readonly engine: Engine;
  readonly plugins: readonly LoadedPlugin[];
  readonly tls: GridSettings['tls'];
}

export const gridTokens = {
  records: Symbol('records') as InjectionToken<RecordStore>,
  files: Symbol('files') as InjectionToken<FileStore>,
  registry: Symbol('registry') as InjectionToken<Registry>,
  engine: Symbol('engine') as InjectionToken<Engine>,
  dataPlane: Symbol('dataPlane') as InjectionToken<DataPlane>,
  handlers: Symbol('handlers') as InjectionToken<Readonly<Record<string, JobHandler>>>,
};

/** The wiring of the grid's thread: the data plane, and the phases that work on it. */
export function buildGridContainer(resources: GridResources): DependencyContainer {
  const { options, logger, identities, database, engine, plugins, tls } = resources;
  const container = root.createChildContainer();
  const provide = <Part>(token: InjectionToken<Part>, build: (from: DependencyContainer) => Part) =>
    container.register(token, { useFactory: instanceCachingFactory(build) });

  provide(gridTokens.records, () => concealingParticipants(createRecordStore(database), identities));
  provide(gridTokens.files, () => createFileStore(options.outputsDir));
  provide(gridTokens.registry, () => createRegistry(plugins));
  provide(gridTokens.engine, () => engine);

  provide(gridTokens.dataPlane, (from) => {
    const participantTokens = createParticipantTokens(database);
    const records = from.resolve(gridTokens.records);
    return new DataPlane({
      logger: componentLogger(logger, 'data-plane'),
      authenticate: async (participant, token) => {
        identities?.conceal('participant', participant);
        if (options.auth === 'token') return participantTokens.verify(participant, token);
        const known = await records.get('Participant', { participant_id: participant });
        return known === undefined ? 'unknown participant' : 'ok';
      },
      ...(tls === undefined ? {} : { tls }),
    });
  });

  // The director writes what jobs make of records.
  provide(gridTokens.handlers, (from) =>
    inJobContext(
      handlersSentHome(from.resolve(gridTokens.records), jobKinds, (records) =>
        createJobHandlers({
          records,
          files: from.resolve(gridTokens.files),
          dataPlane: askingInContext(from.resolve(gridTokens.dataPlane)),
          registry: from.resolve(gridTokens.registry),
          engine: from.resolve(gridTokens.engine),
          scratchDirectory: join(options.dataDir, 'scratch'),
          keepCheckpoints: options.keepCheckpoints,
          logger: componentLogger(logger, 'orchestration'),
        }),
      ),
    ),
  );

  return container;
}
