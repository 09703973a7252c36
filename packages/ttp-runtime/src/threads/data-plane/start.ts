import { createParticipantTokens, createRecordStore, openDatabase, type Database } from '@synergos/artifacts';
import { componentLogger, threadLogger, type Identities } from '@synergos/logging';
import { DataPlane, type Authenticate } from '@synergos/rpc-core';
import type { GridOptions, GridSettings } from '../settings.js';
import { concealingCallers } from './concealing-callers.js';
import type { HostedDataPlane } from './host-data-plane.js';
import { youngGenerationCollector } from './young-generation.js';

/** Starts the data plane in its thread: a database connection of its own, to authenticate workers, and the data port. */
export async function startDataPlane(settings: GridSettings): Promise<HostedDataPlane> {
  const { options, tls, logging } = settings;
  const { logger, identities } = threadLogger(logging);
  const database = await openDatabase(settings.database);
  const dataPlane = new DataPlane({
    logger: componentLogger(logger, 'data-plane'),
    authenticate: authenticator(options, database, identities),
    mostConnections: options.maxConnections,
    collectGarbage: youngGenerationCollector(),
    ...(tls === undefined ? {} : { tls }),
  });
  const { port } = await dataPlane.listen(options.dataPort, options.host);
  return {
    dataPlane,
    port,
    close: async () => {
      await dataPlane.close();
      await database.close();
    },
  };
}

/** Accepts registered participants: with a valid token, or by their id alone if authentication is off. */
function authenticator(
  { auth }: GridOptions,
  database: Database,
  identities: Identities | undefined,
): Authenticate {
  const tokens = createParticipantTokens(database);
  const records = createRecordStore(database);
  return concealingCallers(async (participant_id, token) => {
    if (auth === 'token') return tokens.verify(participant_id, token);
    const participant = await records.get('Participant', { participant_id });
    return participant === undefined ? 'not registered' : 'ok';
  }, identities);
}
