import { Worker } from 'node:worker_threads';
import type { NodeOptions } from '../options/node-options.js';
import type { StartedNode } from '../options/start-node.js';
import type { GridOptions, GridSettings } from './settings.js';

/** Starts loading the grid's thread, which then waits for `startGrid`. A module of its own, so that it loads nothing else. */
export function beginGrid(
  { options, database, tls, logs }: StartedNode<NodeOptions & GridOptions>,
  { deliversRecords }: Pick<GridSettings, 'deliversRecords'>,
): Worker {
  const settings: GridSettings = { options, database, tls, logging: logs.forThread(), deliversRecords };
  return new Worker(new URL('grid/main.js', import.meta.url), {
    workerData: settings,
    // Plug-ins see the command line of the process.
    argv: process.argv.slice(2),
  });
}
