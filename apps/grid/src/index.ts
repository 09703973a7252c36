import type { Logger } from '@synergos/logging';
import { startGridThread, type GridThread } from '@synergos/orchestration';
import type { GridSettings } from './settings.js';

export type { GridOptions, GridSettings } from './settings.js';

/** Starts a TTP's grid: its phases in a thread of their own, its data plane in another. */
export function startGrid(settings: GridSettings, logger: Logger): Promise<GridThread> {
  return startGridThread({
    entry: new URL('grid/main.js', import.meta.url),
    settings,
    // Half a TTP is none: whoever runs this process starts it again, and its jobs go on, here or elsewhere.
    onFailure: (error) => {
      logger.fatal({ err: error }, "the grid's thread failed");
      process.exit(1);
    },
  });
}
