import type { WorkerOptions } from '../options.js';

/** What the main thread hands to the one that does the tasks. */
export interface TaskSettings {
  readonly options: Omit<WorkerOptions, 'token'>;
  /** Whether log lines are for people: a thread does not see the terminal. */
  readonly pretty: boolean;
}
