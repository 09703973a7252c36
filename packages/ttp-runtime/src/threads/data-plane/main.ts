import { parentPort, workerData } from 'node:worker_threads';
import { withLogContext, type LogContext } from '@synergos/logging';
import type { GridSettings } from '../settings.js';
import { hostDataPlane } from './host-data-plane.js';
import { startDataPlane } from './start.js';

if (parentPort !== null)
  hostDataPlane(
    parentPort,
    () => startDataPlane(workerData as GridSettings),
    (context, work) => withLogContext(context as LogContext, work),
  );
