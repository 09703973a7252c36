import type { JobState } from './job.js';

/** Whether a job in this state will not change any more. */
export function jobIsOver({ state }: { readonly state: JobState }): boolean {
  return state === 'completed' || state === 'failed' || state === 'cancelled';
}
