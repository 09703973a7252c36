import 'reflect-metadata';
import { parentPort, workerData } from 'node:worker_threads';
import { hostGrid } from '@synergos/orchestration';
import type { GridSettings } from '../settings.js';
import { startPhases } from './start.js';

if (parentPort !== null) hostGrid(parentPort, () => startPhases(workerData as GridSettings));
