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
import { componentLogger, type Logger } from '@synergos/logging';
import { DataPlane, type Authenticate } from '@synergos/rpc-core';
import type { GridSettings } from '../grid/settings.js';
import type { BasicOptions } from '../options.js';

/** What has to be opened or read before anything can be built. */
export interface DataPlaneResources {
  readonly options: BasicOptions;
  readonly logger: Logger;
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
  database,
  tls,
}: DataPlaneResources): DependencyContainer {
  const container = root.createChildContainer();
  const provide = <Part>(token: InjectionToken<Part>, build: (from: DependencyContainer) => Part) =>
    container.register(token, { useFactory: instanceCachingFactory(build) });

  provide(dataPlaneTokens.records, () => createRecordStore(database));

  provide(dataPlaneTokens.authenticate, (from): Authenticate => {
    const participantTokens = createParticipantTokens(database);
    if (options.auth === 'token') return (participant, token) => participantTokens.verify(participant, token);
    const records = from.resolve(dataPlaneTokens.records);
    return async (participant_id) =>
      (await records.get('Participant', { participant_id })) === undefined ? 'unknown participant' : 'ok';
  });

  provide(
    dataPlaneTokens.dataPlane,
    (from) =>
      new DataPlane({
        logger: componentLogger(logger, 'data-plane'),
        authenticate: from.resolve(dataPlaneTokens.authenticate),
        ...(tls === undefined ? {} : { tls }),
      }),
  );

  return container;
}
