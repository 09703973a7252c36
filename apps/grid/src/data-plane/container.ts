import {
  container as root,
  instanceCachingFactory,
  type DependencyContainer,
  type InjectionToken,
} from 'tsyringe';
import {
  createParticipantTokens,
  createRecordStore,
  type Database,
  type RecordStore,
} from '@synergos/artifacts';
import { componentLogger, type Identities, type Logger } from '@synergos/logging';
import { DataPlane, type Authenticate } from '@synergos/rpc-core';
import type { GridOptions, GridSettings } from '../settings.js';
import { concealingCallers } from './concealing-callers.js';
import { youngGenerationCollector } from './young-generation.js';

/** What has to be opened or read before anything can be built. */
export interface DataPlaneResources {
  readonly options: GridOptions;
  readonly logger: Logger;
  readonly identities: Identities | undefined;
  readonly database: Database;
  readonly tls: GridSettings['tls'];
}

export const dataPlaneTokens = {
  records: Symbol('records') as InjectionToken<RecordStore>,
  authenticate: Symbol('authenticate') as InjectionToken<Authenticate>,
  dataPlane: Symbol('dataPlane') as InjectionToken<DataPlane>,
};

/** The wiring of the data plane's thread: who may dial, and the data port. */
export function buildDataPlaneContainer({
  options,
  logger,
  identities,
  database,
  tls,
}: DataPlaneResources): DependencyContainer {
  const container = root.createChildContainer();
  const provide = <Part>(token: InjectionToken<Part>, build: (from: DependencyContainer) => Part) =>
    container.register(token, { useFactory: instanceCachingFactory(build) });

  provide(dataPlaneTokens.records, () => createRecordStore(database));

  provide(dataPlaneTokens.authenticate, (from): Authenticate => {
    const participantTokens = createParticipantTokens(database);
    const records = from.resolve(dataPlaneTokens.records);
    const verify: Authenticate = async (participant_id, token) => {
      if (options.auth === 'token') return participantTokens.verify(participant_id, token);
      const known = await records.get('Participant', { participant_id });
      return known === undefined ? 'not registered' : 'ok';
    };
    return concealingCallers(verify, identities);
  });

  provide(
    dataPlaneTokens.dataPlane,
    (from) =>
      new DataPlane({
        logger: componentLogger(logger, 'data-plane'),
        authenticate: from.resolve(dataPlaneTokens.authenticate),
        mostConnections: options.maxConnections,
        collectGarbage: youngGenerationCollector(),
        ...(tls === undefined ? {} : { tls }),
      }),
  );

  return container;
}
