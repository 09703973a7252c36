import { Worker } from 'node:worker_threads';
import type { GridSettings } from './settings.js';

/** Starts loading the grid's thread, which then waits for `startGrid`. A module of its own, so that it loads nothing else. */
export function beginGrid(settings: GridSettings): Worker {
  return new Worker(new URL('grid/main.js', import.meta.url), {
    workerData: settings,
    // Plug-ins see the command line of the process.
    argv: process.argv.slice(2),
  });
}
