import type { RequestHandler } from 'express';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { jobStates, type JobObserver, type JobQueue } from '@synergos/scaling';

export interface SystemFigure {
  readonly name: string;
  readonly help: string;
  readonly value: number;
  readonly gpu?: string;
}

export interface MetricsSources {
  readonly jobs: Pick<JobQueue, 'counts'>;
  readonly connectedWorkers: () => number;
  /** Bytes of tensors since the start. */
  readonly traffic: () => { readonly receivedBytes: number; readonly sentBytes: number };
  /** Last measurement of the machine, its GPUs and the process. */
  readonly system?: () => readonly SystemFigure[];
}

export interface Metrics {
  /** Measures the time of every request, by route. */
  readonly observe: RequestHandler;
  /** Answers in Prometheus' text format. */
  readonly serve: RequestHandler;
  /** Counts the rounds of jobs, their updates and their time. */
  readonly rounds: JobObserver;
}

/** Metrics of the process, its jobs, rounds, workers, transfers and requests. */
export function createMetrics({ jobs, connectedWorkers, traffic, system }: MetricsSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'synergos_' });
  const requestSeconds = new Histogram({
    name: 'synergos_request_seconds',
    help: 'Time to the answer of a REST request.',
    labelNames: ['method', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers,
  });
  const roundSeconds = new Histogram({
    name: 'synergos_round_seconds',
    help: 'Time that completed rounds took; their count is the number of rounds.',
    buckets: [0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800, 7200],
    registers,
  });
  const updates = new Counter({ name: 'synergos_updates_total', help: 'Updates aggregated.', registers });
  new Gauge({
    name: 'synergos_jobs',
    help: 'Jobs by state.',
    labelNames: ['state'],
    registers,
    async collect() {
      const counts = await jobs.counts();
      for (const state of jobStates) this.set({ state }, counts[state]);
    },
  });
  new Gauge({
    name: 'synergos_connected_workers',
    help: 'Workers that are connected.',
    registers,
    collect() {
      this.set(connectedWorkers());
    },
  });
  for (const direction of ['received', 'sent'] as const)
    new Counter({
      name: `synergos_${direction}_bytes_total`,
      help: `Bytes of tensors ${direction} over the data port.`,
      registers,
      collect() {
        this.reset();
        this.inc(traffic()[`${direction}Bytes`]);
      },
    });

  const gauges = new Map<string, Gauge<'gpu'>>();
  /** The set of metrics is known after the first measurement. */
  const gaugeOf = ({ name, help }: SystemFigure) => {
    const known =
      gauges.get(name) ??
      new Gauge({ name: `synergos_system_${name}`, help, labelNames: ['gpu'], registers });
    gauges.set(name, known);
    return known;
  };

  return {
    observe: (_request, response, next) => {
      const end = requestSeconds.startTimer();
      response.on('finish', () => {
        end({ method: String(response.locals.method ?? 'other'), status: String(response.statusCode) });
      });
      next();
    },
    serve: async (_request, response) => {
      for (const figure of system?.() ?? [])
        gaugeOf(figure).set(figure.gpu === undefined ? {} : { gpu: figure.gpu }, figure.value);
      response.type(registry.contentType).send(await registry.metrics());
    },
    rounds: {
      begin: () => ({
        afterEvent({ type, data }) {
          if (type !== 'round_completed') return;
          roundSeconds.observe(data.seconds);
          updates.inc(data.updates);
        },
      }),
    },
  };
}
