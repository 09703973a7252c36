import 'reflect-metadata';
import { parentPort, workerData } from 'node:worker_threads';
import { hostGrid } from '@synergos/orchestration';
import type { GridSettings } from './settings.js';
import { startGrid } from './start.js';

if (parentPort !== null) hostGrid(parentPort, () => startGrid(workerData as GridSettings));
