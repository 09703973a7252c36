import { parentPort, workerData } from 'node:worker_threads';
import { renderPlot, type PlotSpec } from './render-plot.js';

parentPort?.postMessage(await renderPlot(workerData as PlotSpec));
