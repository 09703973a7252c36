import type { Job } from './job.js';

/** Creates a queued job. */
export function newJob(
  known: Pick<Job, 'id' | 'kind' | 'payload' | 'createdAt'> & Partial<Pick<Job, 'after' | 'lane'>>,
): Job {
  return {
    state: 'queued',
    result: null,
    error: null,
    after: null,
    lane: '',
    holder: null,
    attempts: 0,
    startedAt: null,
    finishedAt: null,
    ...known,
  };
}
