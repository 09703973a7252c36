import type { Worker } from 'node:worker_threads';
import type { Logger } from '@synergos/logging';
import { startGridThread, type GridThread } from '@synergos/orchestration';

export type { GridOptions, GridSettings } from './settings.js';

/** Starts a TTP's grid in the thread that `beginGrid` gave: the phases there, the data plane in another. */
export function startGrid(worker: Worker, logger: Logger): Promise<GridThread> {
  return startGridThread({
    worker,
    // Half a TTP is none: whoever runs this process starts it again, and its jobs go on, here or elsewhere.
    onFailure: (error) => {
      logger.fatal({ err: error }, "the grid's thread failed");
      process.exit(1);
    },
  });
}
