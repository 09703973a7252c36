import { withDatabaseWait } from '@synergos/artifacts';
import { jobIsOver, type Job } from '@synergos/scaling';
import { ApiError } from './errors.js';
import { showJob } from './job-view.js';
import type { Answer, ApiRequest } from './route.js';
import type { Work, WorkDesk } from './work-desk.js';

export type { Work, WorkDesk } from './work-desk.js';

/**
 * Submits work. Answers when all jobs have ended, with the records from `results`; or at once with the jobs if the
 * client prefers that, or if other processes do the work. The work continues if the client disconnects.
 */
export async function submitAndAnswer(
  desk: WorkDesk,
  request: ApiRequest,
  work: readonly Work[],
  results: (jobs: readonly Job[]) => Promise<Answer>,
): Promise<Answer> {
  const jobs = await desk.submit(request, work);
  if (request.workIsElsewhere)
    return { status: 202, data: [], extra: { jobs: jobs.map(({ id }) => id) }, ...whereIs(jobs) };
  if (request.prefersAsync) {
    const [last] = jobs.slice(-1);
    return {
      status: 202,
      data: last === undefined ? [] : showJob(last),
      extra: { jobs: jobs.map(({ id }) => id) },
      ...whereIs(jobs),
    };
  }
  for (const { id } of jobs) {
    // Work takes hours; a locked database does not end the wait.
    const job = await withDatabaseWait(Infinity, () => desk.queue.wait(id, { signal: request.signal }));
    if (jobIsOver(job) && job.state !== 'completed') throw failure(job);
  }
  return results(jobs);
}

function failure(job: Job): ApiError {
  const { id, state } = job;
  const { error } = showJob(job);
  const where = [{ path: 'job', message: id }];
  if (error === null) return new ApiError(409, `job ${id} was ${state}`, where);
  return new ApiError(error.status, error.message, where);
}

function whereIs(jobs: readonly Job[]): { readonly location?: string } {
  const last = jobs.at(-1);
  return last === undefined ? {} : { location: `/ttp/jobs/${last.id}` };
}
