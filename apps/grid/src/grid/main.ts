import 'reflect-metadata';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import type { GridSettings } from '../settings.js';

if (parentPort !== null) {
  const settings = workerData as GridSettings;
  // Begun first, for it has much to load, as this one has.
  const dataPlane = new Worker(new URL('../data-plane/main.js', import.meta.url), { workerData: settings });
  const [{ hostGrid }, { startPhases }] = await Promise.all([
    import('@synergos/orchestration'),
    import('./start.js'),
  ]);
  hostGrid(parentPort, () => startPhases(settings, dataPlane));
}
