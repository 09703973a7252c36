import type { Worker } from 'node:worker_threads';
import type { Logger } from '@synergos/logging';
import { startGridThread, type GridThread } from './grid/grid-thread.js';

/** Starts a TTP's grid in the thread that `beginGrid` returned: job handlers in that thread, the data plane in another. */
export function startGrid(worker: Worker, logger: Logger): Promise<GridThread> {
  return startGridThread({
    worker,
    // The process exits and is started again by its supervisor; its jobs then resume, here or at another TTP.
    onFailure: (error) => {
      logger.fatal({ err: error }, "the grid's thread failed");
      process.exit(1);
    },
  });
}
