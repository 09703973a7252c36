import { openDatabase } from '@synergos/artifacts';
import { openEngine } from '@synergos/command-line';
import { loadPlugin } from '@synergos/fed-algorithms';
import { threadLogger } from '@synergos/logging';
import type { Grid } from '@synergos/orchestration';
import { buildGridContainer, gridTokens } from './container.js';
import type { GridSettings } from './settings.js';

/** Starts the grid in its thread: its own connection to the records, the data plane, the phases. */
export async function startGrid({ options, tls, logging }: GridSettings): Promise<Grid> {
  const { host, dataPort } = options;
  const { logger, identities } = threadLogger(logging);
  const engine = await openEngine(options, logger);
  const database = await openDatabase({ url: options.database });
  const container = buildGridContainer({
    options,
    logger,
    identities,
    database,
    engine,
    plugins: await Promise.all(options.plugin.map((name) => loadPlugin(name))),
    tls,
  });
  const dataPlane = container.resolve(gridTokens.dataPlane);
  const { port } = await dataPlane.listen(dataPort, host);
  return {
    port,
    engine: engine.name,
    dataPlane,
    handlers: container.resolve(gridTokens.handlers),
    close: async () => {
      await dataPlane.close();
      await database.close();
    },
  };
}
