import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { createRecordStore, openDatabase, openStorage, type RecordStore } from '@synergos/artifacts';
import { askingInContext, concealingParticipants } from '@synergos/command-line';
import { createRegistry, loadPlugin } from '@synergos/fed-algorithms';
import { componentLogger, currentLogContext, threadLogger } from '@synergos/logging';
import { createJobHandlers, jobKinds } from '@synergos/orchestration';
import { deliveringRecords } from '../../cluster/result-delivery.js';
import { openEngine } from '../../options/engine-options.js';
import { createUploadSlots } from '../../uploads/upload-slots.js';
import { startDataPlaneThread } from '../data-plane/data-plane-thread.js';
import type { GridSettings } from '../settings.js';
import type { Grid } from './host-grid.js';

/** Starts the grid in its thread: a database connection of its own, the job handlers, and the data plane in `thread`. */
export async function startPhases(settings: GridSettings, thread: Worker): Promise<Grid> {
  const { options, logging, deliversRecords } = settings;
  const { logger, identities } = threadLogger(logging);
  const engine = await openEngine(options, componentLogger(logger, 'engine'));
  const dataPlane = await startDataPlaneThread({
    worker: thread,
    context: currentLogContext,
    // Ends this thread as well: a grid without a data plane is useless.
    onFailure: (error) =>
      setImmediate(() => {
        throw error;
      }),
  });
  const database = await openDatabase(settings.database);
  const plugins = await Promise.all(options.plugin.map((name) => loadPlugin(name)));
  const records = concealingParticipants(createRecordStore(database), identities);
  const dependencies = {
    ...openStorage(options),
    dataPlane: askingInContext(dataPlane),
    registry: createRegistry(plugins),
    engine,
    uploads: createUploadSlots({ directory: join(options.dataDir, 'scratch', 'staging') }),
    keepCheckpoints: options.keepCheckpoints,
    logger: componentLogger(logger, 'orchestration'),
  };
  const handlersOn = (records: RecordStore) => createJobHandlers({ ...dependencies, records });
  return {
    port: dataPlane.port,
    engine: engine.name,
    dataPlane,
    handlers: deliversRecords ? deliveringRecords(records, jobKinds, handlersOn) : handlersOn(records),
    close: async () => {
      await dataPlane.close();
      await database.close();
    },
  };
}
