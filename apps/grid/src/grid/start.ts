import type { Worker } from 'node:worker_threads';
import { openDatabase } from '@synergos/artifacts';
import { openEngine } from '@synergos/command-line';
import { loadPlugin } from '@synergos/fed-algorithms';
import { componentLogger, currentLogContext, threadLogger } from '@synergos/logging';
import { startDataPlaneThread, type Grid } from '@synergos/orchestration';
import type { GridSettings } from '../settings.js';
import { buildGridContainer, gridTokens } from './container.js';

/** Starts the grid in its thread: its own connection to the records, the phases, and the data plane, in the `thread` of that. */
export async function startPhases(settings: GridSettings, thread: Worker): Promise<Grid> {
  const { options, logging, sendsRecordsHome } = settings;
  const { logger, identities } = threadLogger(logging);
  const engine = await openEngine(options, componentLogger(logger, 'engine'));
  const dataPlane = await startDataPlaneThread({
    worker: thread,
    context: currentLogContext,
    // Ends this thread, too: half a grid is none.
    onFailure: (error) =>
      setImmediate(() => {
        throw error;
      }),
  });
  const database = await openDatabase(settings.database);
  const container = buildGridContainer({
    options,
    logger,
    identities,
    database,
    engine,
    plugins: await Promise.all(options.plugin.map((name) => loadPlugin(name))),
    dataPlane,
    sendsRecordsHome,
  });
  return {
    port: dataPlane.port,
    engine: engine.name,
    dataPlane,
    handlers: container.resolve(gridTokens.handlers),
    close: async () => {
      await dataPlane.close();
      await database.close();
    },
  };
}
