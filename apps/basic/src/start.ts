import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  loadOrCreateAdminToken,
  openDatabase,
  removeFilesOfRemovedRecords,
  removeUnfinishedWrites,
} from '@synergos/artifacts';
import { loadPlugin } from '@synergos/fed-algorithms';
import { createLogger, type Logger } from '@synergos/logging';
import { serve, type Auth } from '@synergos/rest-api';
import { buildContainer, tokens } from './container.js';
import type { BasicOptions } from './options.js';

export interface Basic {
  readonly port: number;
  readonly dataPort: number;
  close(): Promise<void>;
}

/** Starts the basic TTP: opens its stores, listens on both ports, and takes up the jobs that are due. */
export async function startBasic(options: BasicOptions): Promise<Basic> {
  const { id, host, dataDir, outputsDir, debug } = options;
  const logger = createLogger({ node: id, role: 'ttp', level: debug ? 'debug' : 'info' });
  await mkdir(dataDir, { recursive: true });
  await mkdir(outputsDir, { recursive: true });
  await removeUnfinishedWrites(outputsDir);
  await rm(join(dataDir, 'scratch'), { recursive: true, force: true });

  let isReady = false;
  const tls = await readTls(options);
  const container = buildContainer({
    options,
    logger,
    database: await openDatabase({ path: join(dataDir, 'records.sqlite') }),
    plugins: await Promise.all(options.plugin.map((name) => loadPlugin(name))),
    auth: await readAuth(options, logger),
    isReady: () => isReady,
    tls,
  });
  await removeFilesOfRemovedRecords(container.resolve(tokens.records), container.resolve(tokens.files));
  const dataPlane = container.resolve(tokens.dataPlane);
  const queue = container.resolve(tokens.queue);
  const rest = await serve(container.resolve(tokens.restApi), {
    port: options.port,
    host,
    ...(tls ? { tls } : {}),
  });
  const { port: dataPort } = await dataPlane.listen(options.dataPort, host);
  await queue.start(container.resolve(tokens.handlers));
  isReady = true;
  logger.info({ host, port: rest.port, dataPort, engine: container.resolve(tokens.engine).name }, 'ready');

  return {
    port: rest.port,
    dataPort,
    close: async () => {
      isReady = false;
      logger.info({}, 'stopping');
      await queue.close();
      await rest.close();
      await dataPlane.close();
      await container.resolve(tokens.database).close();
    },
  };
}

async function readAuth({ auth, dataDir }: BasicOptions, logger: Logger): Promise<Auth> {
  if (auth === 'none') {
    logger.warn({}, 'authentication is off (--auth none): anyone who reaches the port may use the API');
    return { kind: 'none' };
  }
  const file = join(dataDir, 'admin-token');
  const { token, created } = await loadOrCreateAdminToken(file);
  if (created) logger.info({ file }, 'an admin token was made; it opens the REST API');
  return { kind: 'token', token };
}

async function readTls({
  tlsCert,
  tlsKey,
}: BasicOptions): Promise<{ cert: Buffer; key: Buffer } | undefined> {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  return { cert: await readFile(tlsCert), key: await readFile(tlsKey) };
}
