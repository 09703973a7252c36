import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { PlotSpec } from './render-plot.js';

/** Draws a plot as SVG text in a separate thread, for processes that must not block for a second. */
export async function renderApart(spec: PlotSpec): Promise<string> {
  const worker = new Worker(new URL('plot-thread.js', import.meta.url), { workerData: spec });
  try {
    // Rejects with the thread's error.
    const [svg] = (await once(worker, 'message')) as [string];
    return svg;
  } finally {
    await worker.terminate();
  }
}
