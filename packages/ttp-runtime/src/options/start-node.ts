import type { DatabaseLocation } from '@synergos/artifacts';
import { readTls, startLogs } from '@synergos/command-line';
import { componentLogger, type Logging } from '@synergos/logging';
import { locationOf, type NodeOptions } from './node-options.js';

/** What a node has read and started before it loads its other modules. */
export interface StartedNode<Options extends NodeOptions> {
  readonly options: Options;
  readonly logs: Logging;
  readonly database: DatabaseLocation;
  /** PEM. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
}

/** Starts the logs of a node, whose folders and hosts are known to the censor from the start, and reads its certificate. */
export async function startNode<Options extends NodeOptions & { readonly queue?: object | undefined }>(
  options: Options,
  role: 'ttp' | 'director',
): Promise<StartedNode<Options>> {
  const { id, host, dataDir, outputsDir, queue } = options;
  const queueHost = queue !== undefined && 'host' in queue ? String(queue.host) : undefined;
  const logs = startLogs({ id, role, options, hosts: [host, queueHost], paths: [dataDir, outputsDir] });
  return { options, logs, database: locationOf(options), tls: await readTls(options) };
}

/** Options of the server for REST, health and metrics. The data port has the other half of the connections. */
export function serverOptions({ options, logs, tls }: StartedNode<NodeOptions>) {
  return {
    port: options.port,
    host: options.host,
    mostConnections: Math.ceil(options.maxConnections / 2),
    logger: componentLogger(logs.logger, 'rest-api'),
    ...(tls === undefined ? {} : { tls }),
  };
}
