import type { RequestHandler } from 'express';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { jobStates, type JobQueue } from '@synergos/scaling';

export interface Metrics {
  /** Times every request, by what it calls. */
  readonly observe: RequestHandler;
  /** Answers in Prometheus' text format. */
  readonly serve: RequestHandler;
}

/** Figures of the process, its jobs, its workers and its requests. */
export function createMetrics(queue: JobQueue, connectedWorkers: () => number): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'synergos_' });
  const seconds = new Histogram({
    name: 'synergos_request_seconds',
    help: 'Time to the answer of a REST request.',
    labelNames: ['method', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [registry],
  });
  new Gauge({
    name: 'synergos_jobs',
    help: 'Jobs by state.',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      const all = await queue.list();
      for (const state of jobStates) this.set({ state }, all.filter((job) => job.state === state).length);
    },
  });
  new Gauge({
    name: 'synergos_connected_workers',
    help: 'Workers that are connected.',
    registers: [registry],
    collect() {
      this.set(connectedWorkers());
    },
  });

  return {
    observe: (_request, response, next) => {
      const end = seconds.startTimer();
      response.on('finish', () => {
        end({ method: String(response.locals.method ?? 'other'), status: String(response.statusCode) });
      });
      next();
    },
    serve: async (_request, response) => {
      response.type(registry.contentType).send(await registry.metrics());
    },
  };
}
