import { failureKindOf, type Failure } from '@synergos/contract';
import type { Job } from '@synergos/scaling';
import { statusOfJob } from './errors.js';

/** A failed job's error as clients see it. */
export interface ShownJobError extends Failure {
  /** HTTP status of a call that waited for the job. */
  readonly status: number;
  /** Whether the same request may succeed later without a change. */
  readonly retryable: boolean;
}
export type ShownJob = Omit<Job, 'error' | 'lane'> & { readonly error: ShownJobError | null };

/** Leases and lanes are internal to the queue. */
export function showJob({ lane: _lane, ...job }: Job): ShownJob {
  return {
    ...job,
    error: job.error && {
      ...showError(job.id, job.error),
      status: statusOfJob(job.error.code),
      retryable: failureKindOf(job.error.code).retryable,
    },
  };
}

/** Details of an internal fault are only in the log. */
export function showError(job: string, { code, message }: Failure): Failure {
  if (code !== 'internal') return { code, message };
  return {
    code,
    message: `the job failed by a fault of the server; its log has the reason, under job ${job}`,
  };
}
