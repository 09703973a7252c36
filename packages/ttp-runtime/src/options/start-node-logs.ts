import { startLogs } from '@synergos/command-line';
import type { Logging } from '@synergos/logging';
import type { NodeOptions } from './node-options.js';

/** Starts the logs of a node; its folders and hosts are known to the censor from the start. */
export function startNodeLogs(
  options: NodeOptions & { readonly queue?: { readonly host: string } | readonly string[] | undefined },
  role: 'ttp' | 'director',
): Logging {
  const { id, host, dataDir, outputsDir, queue } = options;
  const queueHost = queue !== undefined && 'host' in queue ? queue.host : undefined;
  return startLogs({ id, role, options, hosts: [host, queueHost], paths: [dataDir, outputsDir] });
}
