import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import {
  lockOutputs,
  openDatabase,
  removeFilesOfRemovedRecords,
  removeUnfinishedWrites,
  warnOfOrphans,
} from '@synergos/artifacts';
import { makeFolder } from '@synergos/command-line';
import { startGrid, type GridSettings } from '@synergos/ttp-runtime';
import { allowedServers, openTracking, readAuth, warnOfAccess } from '@synergos/ttp-runtime/options';
import { loadPlugin } from '@synergos/fed-algorithms';
import { componentLogger, startSystemMetrics, type Logging } from '@synergos/logging';
import { serve } from '@synergos/rest-api';
import { buildContainer, tokens } from './container.js';
import type { BasicOptions } from './options.js';

export interface Basic {
  readonly port: number;
  readonly dataPort: number;
  close(): Promise<void>;
}

/** What was begun before this module was loaded. */
export interface Begun extends Pick<GridSettings, 'database' | 'tls'> {
  readonly options: BasicOptions;
  readonly logs: Logging;
  /** The grid's. */
  readonly thread: Worker;
}

/** Starts the basic TTP: opens its stores, listens on both ports, and takes up the jobs that are due. */
export async function startBasic({ options, database: location, tls, logs, thread }: Begun): Promise<Basic> {
  const { host, dataDir, outputsDir } = options;
  const { logger } = logs;
  const own = componentLogger(logger, 'app');
  if (options.queue !== undefined)
    own.warn({}, '--queue has no effect on the basic TTP: it does its jobs itself; a cluster has a queue');
  await makeFolder(dataDir, '--data-dir');
  await makeFolder(outputsDir, '--outputs-dir');
  // First of all: another TTP that works on it, and in these folders, is not disturbed.
  const database = await openDatabase({ ...location, exclusive: true });
  const outputsLock = lockOutputs(outputsDir);
  await removeUnfinishedWrites(outputsDir);
  await rm(join(dataDir, 'scratch'), { recursive: true, force: true });

  let isReady = false;
  const plugins = await Promise.all(options.plugin.map((name) => loadPlugin(name)));
  warnOfAccess(options, 'both ports', own);
  const auth = await readAuth(options, own);
  const grid = await startGrid(thread, own);
  const system = startSystemMetrics({
    resolutionSeconds: options.loggingResolution,
    directory: outputsDir,
    logger: componentLogger(logs.sysmetrics, 'system'),
  });
  const tracking = await openTracking(options, 'synergos-basic', database, logger);
  const container = buildContainer({
    options,
    logger,
    identities: logs.identities,
    database,
    tracking,
    allowsTracker: await allowedServers(options),
    plugins,
    auth,
    grid,
    system,
    isReady: () => isReady,
  });
  const [records, files] = [container.resolve(tokens.records), container.resolve(tokens.files)];
  await removeFilesOfRemovedRecords(records, files, own);
  await warnOfOrphans(records, files, own);
  const queue = container.resolve(tokens.queue);
  const rest = await serve(container.resolve(tokens.restApi), {
    port: options.port,
    host,
    mostConnections: Math.ceil(options.maxConnections / 2),
    logger: componentLogger(logger, 'rest-api'),
    ...(tls ? { tls } : {}),
  });
  await queue.start(container.resolve(tokens.handlers));
  isReady = true;
  own.info(
    { host, port: rest.port, dataPort: grid.port, engine: grid.engine, database: database.name },
    'ready',
  );

  return {
    port: rest.port,
    dataPort: grid.port,
    close: async () => {
      isReady = false;
      own.info({}, 'stopping');
      await queue.close();
      await tracking.close();
      await rest.close();
      await grid.close();
      await database.close();
      outputsLock.close();
      system.close();
      await logs.close();
    },
  };
}
