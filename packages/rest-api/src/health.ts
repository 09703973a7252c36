import express, { type Express } from 'express';
import type { Metrics } from './metrics.js';

/** Reasons why the process cannot take work, without paths; empty if it is ready. */
export type Ready = () => Promise<readonly string[]>;

/** `/healthz`: the process answers. `/readyz`: it can do work. */
export function serveHealth(app: Express, ready: Ready): void {
  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  app.get('/readyz', async (_request, response) => {
    const reasons = await ready();
    if (reasons.length === 0) response.json({ status: 'ready' });
    else response.status(503).json({ status: 'not ready', reasons });
  });
}

/** The HTTP API of a process without a REST API: its health, and metrics for Prometheus. */
export function createHealthApi({
  ready,
  metrics,
}: {
  readonly ready: Ready;
  readonly metrics: Metrics;
}): Express {
  const app = express();
  app.disable('x-powered-by');
  serveHealth(app, ready);
  app.get('/metrics', metrics.serve);
  return app;
}
