import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { clusterId, openDatabase } from '@synergos/artifacts';
import { makeFolder, readTls, startLogs, withJobContext } from '@synergos/command-line';
import { startGrid, type GridPresence, type GridSettings } from '@synergos/ttp-runtime';
import { openTracking, warnOfAccess } from '@synergos/ttp-runtime/options';
import { loadPlugin } from '@synergos/fed-algorithms';
import { componentLogger, startSystemMetrics } from '@synergos/logging';
import { serve } from '@synergos/rest-api';
import { Broker } from '@synergos/scaling';
import { beginGrid } from '@synergos/ttp-runtime/begin';
import { buildContainer, tokens } from './container.js';
import type { ClusterOptions } from './options.js';

export interface Cluster {
  readonly port: number;
  readonly dataPort: number;
  close(): Promise<void>;
}

const TELL_MS = 1000;

/** Starts a cluster's TTP: listens for its grid's workers, and takes the jobs that they can do. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { id, grid: index, host, dataDir, outputsDir } = options;
  const logs = startLogs({
    id,
    role: 'ttp',
    options,
    hosts: [host, options.queue.host],
    paths: [dataDir, outputsDir],
  });
  const { logger } = logs;
  const own = componentLogger(logger, 'app');
  await makeFolder(dataDir, '--data-dir');
  await rm(join(dataDir, 'scratch'), { recursive: true, force: true });
  const database = await openDatabase({ url: options.database });
  const cluster = await clusterId(database, outputsDir);
  await makeFolder(outputsDir, '--outputs-dir');

  warnOfAccess(options, 'data port', own);

  let isReady = false;
  const tls = await readTls(options);
  const settings: GridSettings = {
    options,
    database: { url: options.database },
    tls,
    logging: logs.forThread(),
    deliversRecords: true,
  };
  const grid = await startGrid(beginGrid(settings), own);
  const broker = await Broker.open({
    address: options.queue,
    namespace: namespaceOf(cluster),
    logger: componentLogger(logger, 'broker'),
  });
  const system = startSystemMetrics({
    resolutionSeconds: options.loggingResolution,
    directory: outputsDir,
    logger: componentLogger(logs.sysmetrics, 'system'),
  });
  const tracking = await openTracking(options, 'synergos-cluster', database, logger);
  const container = buildContainer({
    options,
    logger,
    identities: logs.identities,
    database,
    plugins: await Promise.all(options.plugin.map((name) => loadPlugin(name))),
    tracking,
    broker,
    grid,
    system,
    isReady: () => isReady,
  });
  const consumer = container.resolve(tokens.consumer);
  const health = await serve(container.resolve(tokens.healthApi), {
    port: options.port,
    host,
    mostConnections: Math.ceil(options.maxConnections / 2),
    logger: componentLogger(logger, 'rest-api'),
    ...(tls ? { tls } : {}),
  });
  const tell = (leaves = false) => {
    const { participants } = grid.state;
    const job = consumer.running?.id ?? null;
    const data: GridPresence = {
      ttp: id,
      grid: index,
      dataPort: grid.port,
      job,
      participants: [...participants].map((status) => ({
        ...status,
        hardware: { ...status.hardware },
        capabilities: [...status.capabilities],
      })),
      leaves,
    };
    broker.announce({ type: 'told', topic: 'presence', data });
  };
  const telling = setInterval(tell, TELL_MS);
  broker.onTopic('disconnect', (participant) => {
    if (typeof participant === 'string')
      grid.disconnect(participant).catch((error: unknown) => own.warn({ err: error }, 'a worker stays'));
  });
  consumer.start(container.resolve(tokens.handlers));
  isReady = true;
  const { name } = database;
  own.info(
    {
      grid: index,
      host,
      port: health.port,
      dataPort: grid.port,
      engine: grid.engine,
      database: name,
      outputsDir,
      cluster,
    },
    'ready',
  );

  return {
    port: health.port,
    dataPort: grid.port,
    close: async () => {
      isReady = false;
      const { running } = consumer;
      const tellStopping = () => own.info({ drainSeconds: options.drain }, 'stopping');
      if (running === undefined) tellStopping();
      else withJobContext(running, tellStopping);
      await consumer.close({ drainMs: options.drain * 1000 });
      clearInterval(telling);
      tell(true);
      await health.close();
      await grid.close();
      await tracking.close();
      await broker.close();
      await database.close();
      system.close();
      await logs.close();
    },
  };
}

/** Two clusters may share a broker. */
function namespaceOf(cluster: string): string {
  return `synergos.${cluster.slice(0, 8)}`;
}
