import { parentPort, Worker, workerData } from 'node:worker_threads';
import type { GridSettings } from '../settings.js';

if (parentPort !== null) {
  const settings = workerData as GridSettings;
  // Started first: both threads load many modules.
  const dataPlane = new Worker(new URL('../data-plane/main.js', import.meta.url), { workerData: settings });
  const [{ hostGrid }, { startPhases }] = await Promise.all([import('./host-grid.js'), import('./start.js')]);
  hostGrid(parentPort, () => startPhases(settings, dataPlane));
}
