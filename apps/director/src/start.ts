import { join } from 'node:path';
import {
  clusterId,
  lockOutputs,
  openDatabase,
  removeFilesOfRemovedRecords,
  warnOfOrphans,
  type DatabaseLocation,
} from '@synergos/artifacts';
import { makeFolder, readTls, startLogs } from '@synergos/command-line';
import { allowedServers, openTracking, readAuth, warnOfAccess } from '@synergos/ttp-runtime/options';
import { loadPlugin } from '@synergos/fed-algorithms';
import { componentLogger, startSystemMetrics } from '@synergos/logging';
import { serve } from '@synergos/rest-api';
import { Broker } from '@synergos/scaling';
import { buildContainer, tokens } from './container.js';
import type { DirectorOptions } from './options.js';

export interface Director {
  readonly port: number;
  close(): Promise<void>;
}

/** Starts the director: opens its stores, serves REST, and archives what comes home. */
export async function startDirector(options: DirectorOptions): Promise<Director> {
  const { id, host, dataDir, outputsDir } = options;
  const logs = startLogs({
    id,
    role: 'director',
    options,
    hosts: [host, options.queue.host],
    paths: [dataDir, outputsDir],
  });
  const { logger } = logs;
  const own = componentLogger(logger, 'app');
  await makeFolder(dataDir, '--data-dir');
  await makeFolder(outputsDir, '--outputs-dir');
  // A second director on the same records is refused here.
  const database = await openDatabase({ ...locationOf(options), exclusive: true });
  const outputsLock = lockOutputs(outputsDir);
  const cluster = await clusterId(database, outputsDir);
  const tls = await readTls(options);
  const plugins = await Promise.all(options.plugin.map((name) => loadPlugin(name)));
  warnOfAccess(options, 'REST API', own);
  const auth = await readAuth(options, own);
  // Two clusters may share a broker.
  const namespace = `synergos.${cluster.slice(0, 8)}`;
  const broker = await Broker.open({
    address: options.queue,
    namespace,
    logger: componentLogger(logger, 'broker'),
  });

  let isReady = false;
  const system = startSystemMetrics({
    resolutionSeconds: options.loggingResolution,
    directory: outputsDir,
    logger: componentLogger(logs.sysmetrics, 'system'),
  });
  const tracking = await openTracking(options, 'synergos-director', database, logger);
  const container = buildContainer({
    options,
    logger,
    identities: logs.identities,
    system,
    database,
    tracking,
    allowsTracker: await allowedServers(options),
    broker,
    plugins,
    auth,
    isReady: () => isReady,
  });
  const [records, files] = [container.resolve(tokens.records), container.resolve(tokens.files)];
  await removeFilesOfRemovedRecords(records, files, own);
  await warnOfOrphans(records, files, own);
  const presence = container.resolve(tokens.presence);
  broker.onTopic('presence', (data) => presence.hear(data));
  const queue = container.resolve(tokens.queue);
  await queue.start(container.resolve(tokens.handlers));
  const rest = await serve(container.resolve(tokens.restApi), {
    port: options.port,
    host,
    mostConnections: Math.ceil(options.maxConnections / 2),
    logger: componentLogger(logger, 'rest-api'),
    ...(tls === undefined ? {} : { tls }),
  });
  isReady = true;
  own.info({ host, port: rest.port, database: database.name, outputsDir, cluster }, 'ready');

  return {
    port: rest.port,
    close: async () => {
      isReady = false;
      own.info({}, 'stopping');
      await queue.close();
      await rest.close();
      await tracking.close();
      await broker.close();
      await database.close();
      outputsLock.close();
      system.close();
      await logs.close();
    },
  };
}

function locationOf({ database, dataDir }: DirectorOptions): DatabaseLocation {
  return database === undefined ? { path: join(dataDir, 'records.sqlite') } : { url: database };
}
