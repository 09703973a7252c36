import { join } from 'node:path';
import {
  container as root,
  instanceCachingFactory,
  type DependencyContainer,
  type InjectionToken,
} from 'tsyringe';
import {
  createFileStore,
  createRecordStore,
  type Database,
  type FileStore,
  type RecordStore,
} from '@synergos/artifacts';
import { askingInContext, concealingParticipants, inJobContext } from '@synergos/command-line';
import { createRegistry, type Engine, type LoadedPlugin, type Registry } from '@synergos/fed-algorithms';
import { componentLogger, type Identities, type Logger } from '@synergos/logging';
import { createJobHandlers, handlersSentHome, jobKinds, type DataPlanePort } from '@synergos/orchestration';
import type { JobHandler } from '@synergos/scaling';
import type { GridOptions } from '../settings.js';

/** What has to be opened or read before anything can be built. */
export interface GridResources {
  readonly options: GridOptions;
  readonly logger: Logger;
  readonly identities: Identities | undefined;
  readonly database: Database;
  readonly engine: Engine;
  readonly plugins: readonly LoadedPlugin[];
  /** In a thread of its own. */
  readonly dataPlane: DataPlanePort;
  readonly sendsRecordsHome: boolean;
}

export const gridTokens = {
  records: Symbol('records') as InjectionToken<RecordStore>,
  files: Symbol('files') as InjectionToken<FileStore>,
  registry: Symbol('registry') as InjectionToken<Registry>,
  engine: Symbol('engine') as InjectionToken<Engine>,
  handlers: Symbol('handlers') as InjectionToken<Readonly<Record<string, JobHandler>>>,
};

/** The wiring of the grid's thread: the phases, which work on the data plane. */
export function buildGridContainer(resources: GridResources): DependencyContainer {
  const { options, logger, identities, database, engine, plugins, dataPlane, sendsRecordsHome } = resources;
  const container = root.createChildContainer();
  const provide = <Part>(token: InjectionToken<Part>, build: (from: DependencyContainer) => Part) =>
    container.register(token, { useFactory: instanceCachingFactory(build) });

  provide(gridTokens.records, () => concealingParticipants(createRecordStore(database), identities));
  provide(gridTokens.files, () => createFileStore(options.outputsDir));
  provide(gridTokens.registry, () => createRegistry(plugins));
  provide(gridTokens.engine, () => engine);

  provide(gridTokens.handlers, (from) => {
    const handlersOn = (records: RecordStore) =>
      createJobHandlers({
        records,
        files: from.resolve(gridTokens.files),
        dataPlane: askingInContext(dataPlane),
        registry: from.resolve(gridTokens.registry),
        engine: from.resolve(gridTokens.engine),
        scratchDirectory: join(options.dataDir, 'scratch'),
        keepCheckpoints: options.keepCheckpoints,
        logger: componentLogger(logger, 'orchestration'),
      });
    const records = from.resolve(gridTokens.records);
    return inJobContext(
      sendsRecordsHome ? handlersSentHome(records, jobKinds, handlersOn) : handlersOn(records),
    );
  });

  return container;
}
