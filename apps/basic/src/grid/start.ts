import { openDatabase } from '@synergos/artifacts';
import { loadEngine, loadPlugin } from '@synergos/fed-algorithms';
import { componentLogger, threadLogger } from '@synergos/logging';
import type { Grid } from '@synergos/orchestration';
import { locationOf } from '../database.js';
import { buildGridContainer, gridTokens } from './container.js';
import type { GridSettings } from './settings.js';

/** Starts the grid in its thread: its own connection to the records, the data plane, the phases. */
export async function startGrid({ options, tls, logging }: GridSettings): Promise<Grid> {
  const { host, dataPort } = options;
  const { logger, identities } = threadLogger(logging);
  const { engine, withoutGpu } = await loadEngine({ name: options.engine, gpus: options.gpus });
  if (withoutGpu !== undefined)
    componentLogger(logger, 'engine').warn(
      { gpus: options.gpus, engine: engine.name, reason: withoutGpu },
      'no usable GPU: aggregation runs without one',
    );
  const database = await openDatabase(locationOf(options));
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
