import { Worker } from 'node:worker_threads';
import type { GridSettings } from './settings.js';

/** Begins a grid's thread, which has much to load; it waits for `startGrid`. A module of its own, for that has much to load, too. */
export function beginGrid(settings: GridSettings): Worker {
  return new Worker(new URL('grid/main.js', import.meta.url), {
    workerData: settings,
    // Plug-ins see the command line that they would see without a thread.
    argv: process.argv.slice(2),
  });
}
