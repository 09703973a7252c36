import 'reflect-metadata';
import { parentPort, workerData } from 'node:worker_threads';
import { withLogContext, type LogContext } from '@synergos/logging';
// Not the phases: what is loaded here is gone over by every garbage collection while updates come.
import { hostDataPlane } from '@synergos/orchestration/data-plane';
import type { GridSettings } from '../settings.js';
import { startDataPlane } from './start.js';

if (parentPort !== null)
  hostDataPlane(
    parentPort,
    () => startDataPlane(workerData as GridSettings),
    (context, work) => withLogContext(context as LogContext, work),
  );
