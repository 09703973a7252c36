import 'reflect-metadata';
import { parentPort, workerData } from 'node:worker_threads';
import { hostDataPlane } from '@synergos/orchestration';
import type { GridSettings } from '../grid/settings.js';
import { startDataPlane } from './start.js';

if (parentPort !== null) hostDataPlane(parentPort, () => startDataPlane(workerData as GridSettings));
