import { openDatabase } from '@synergos/artifacts';
import { threadLogger } from '@synergos/logging';
import type { HostedDataPlane } from '@synergos/orchestration';
import type { GridSettings } from '../settings.js';
import { buildDataPlaneContainer, dataPlaneTokens } from './container.js';

/** Starts the data plane in its thread: its own connection to the records, for who may dial, and the data port. */
export async function startDataPlane(settings: GridSettings): Promise<HostedDataPlane> {
  const { options, tls, logging } = settings;
  const { host, dataPort } = options;
  const database = await openDatabase(settings.database);
  const container = buildDataPlaneContainer({ options, ...threadLogger(logging), database, tls });
  const dataPlane = container.resolve(dataPlaneTokens.dataPlane);
  const { port } = await dataPlane.listen(dataPort, host);
  return {
    dataPlane,
    port,
    close: async () => {
      await dataPlane.close();
      await database.close();
    },
  };
}
