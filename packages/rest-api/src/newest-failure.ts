import type { Job, JobQueue } from '@synergos/scaling';
import { showJob } from './job-view.js';

/** Reason for a missing record at a path, for a client that polls. */
export interface NewestFailure {
  readonly job: string;
  readonly message: string;
}

/** Maximum number of jobs of one run to check: each may be of another participant. */
const MOST_JOBS = 20;

/** The reason of the newest job of a kind for a path, if that job failed or was cancelled. */
export async function newestFailure(
  queue: JobQueue,
  kind: string,
  params: Readonly<Record<string, string>>,
): Promise<NewestFailure | undefined> {
  const { participant_id, ...path } = params;
  // A job that validates a run without a participant concerns all participants.
  const of = kind === 'validate' ? path : params;
  const jobs = await queue.list({ kinds: [kind], of, newest: kind === 'validate' ? MOST_JOBS : 1 });
  const newest = jobs.findLast(
    ({ payload }) =>
      participant_id === undefined || (payload.participant_id ?? participant_id) === participant_id,
  );
  if (newest === undefined) return undefined;
  const first = newest.after === null ? undefined : await queue.get(newest.after);
  const failed = [first, newest].find((job) => job?.state === 'failed' || job?.state === 'cancelled');
  return failed && { job: failed.id, message: reasonOf(failed) };
}

function reasonOf(job: Job): string {
  return showJob(job).error?.message ?? `job ${job.id} was ${job.state}`;
}
