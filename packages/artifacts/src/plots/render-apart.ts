import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { PlotSpec } from './render-plot.js';

/** Draws a plot as SVG text in a thread of its own: for where a second without an answer would be noticed. */
export async function renderApart(spec: PlotSpec): Promise<string> {
  const worker = new Worker(new URL('plot-thread.js', import.meta.url), { workerData: spec });
  try {
    // Rejects with what the thread fails with.
    const [svg] = (await once(worker, 'message')) as [string];
    return svg;
  } finally {
    await worker.terminate();
  }
}
