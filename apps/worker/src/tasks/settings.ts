import type { ThreadLogging } from '@synergos/logging';
import type { WorkerOptions } from '../options.js';

/** What the main thread hands to the one that does the tasks. */
export interface TaskSettings {
  readonly options: Omit<WorkerOptions, 'token'>;
  readonly logging: ThreadLogging;
}
