import { openDatabase } from '@synergos/artifacts';
import { createLogger } from '@synergos/logging';
import type { HostedDataPlane } from '@synergos/orchestration';
import { locationOf } from '../database.js';
import type { GridSettings } from '../grid/settings.js';
import { buildDataPlaneContainer, dataPlaneTokens } from './container.js';

/** Starts the data plane in its thread: its own connection to the records, for who may dial, and the data port. */
export async function startDataPlane({ options, tls, pretty }: GridSettings): Promise<HostedDataPlane> {
  const { id, host, dataPort, debug } = options;
  const database = await openDatabase(locationOf(options));
  const logger = createLogger({ node: id, role: 'ttp', level: debug ? 'debug' : 'info', pretty });
  const container = buildDataPlaneContainer({ options, logger, database, tls });
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
