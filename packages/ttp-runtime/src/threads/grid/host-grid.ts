import { setMaxListeners } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import { outcomeOf, valueOf } from '@synergos/contract';
import { withJobContext } from '@synergos/command-line';
import type { JobHandler } from '@synergos/scaling';
import { OrchestrationError, type DataPlanePort } from '@synergos/orchestration/upload-port';
import { callsOver } from '../thread.js';
import type { GridCalls, GridFacts, MainCalls } from './protocol.js';

const REPORT_MS = 1000;

/** A started grid: its data plane listens. */
export interface Grid extends GridFacts {
  readonly dataPlane: DataPlanePort;
  readonly handlers: Readonly<Record<string, JobHandler>>;
  close(): Promise<void>;
}

/**
 * Runs in the grid's thread and serves the main thread. The job handlers and their arithmetic live here, so that the REST API
 * in the main thread answers as fast during a training as without one.
 */
export function hostGrid(port: MessagePort, start: () => Promise<Grid>): void {
  let grid: Grid | undefined;
  let reporting: NodeJS.Timeout | undefined;
  const running = new Map<string, AbortController>();
  const calls: GridCalls = {
    start: () =>
      outcomeOf(async () => {
        grid = await start();
        grid.dataPlane.onPresence(report);
        reporting = setInterval(report, REPORT_MS);
        return { port: grid.port, engine: grid.engine };
      }),
    run: (job) =>
      outcomeOf(async () => {
        const handle = grid?.handlers[job.kind];
        if (handle === undefined)
          throw new OrchestrationError('unknown_kind', `no handler does '${job.kind}' jobs here`);
        const controller = new AbortController();
        // Each participant of a round adds a listener.
        setMaxListeners(0, controller.signal);
        running.set(job.id, controller);
        try {
          return await withJobContext(job, () =>
            handle({
              job,
              signal: controller.signal,
              emit: async (type, data) => valueOf(await main.emit(job.id, type, data)),
            }),
          );
        } finally {
          running.delete(job.id);
        }
      }),
    abort: (job) => running.get(job)?.abort(new OrchestrationError('cancelled', 'the job was ended')),
    disconnect: (participant) => grid?.dataPlane.disconnect(participant),
    close: () =>
      outcomeOf(async () => {
        clearInterval(reporting);
        for (const controller of running.values()) controller.abort();
        await grid?.close();
      }),
  };
  const main = callsOver<MainCalls, GridCalls>(port, calls);

  function report(): void {
    if (grid === undefined) return;
    const { dataPlane } = grid;
    main.report
      .asEvent({ participants: dataPlane.participants(), traffic: dataPlane.traffic() })
      .catch(() => undefined);
  }
}
