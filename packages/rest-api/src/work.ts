import { jobIsOver, type Job, type JobQueue } from '@synergos/scaling';
import { ApiError } from './errors.js';
import { showJob } from './job-view.js';
import type { Answer, ApiRequest } from './route.js';

export interface Work {
  readonly kind: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/**
 * Puts work into the queue. Answers when all of it is done, with what `results` reads then; or at once with the jobs
 * if the client prefers that, or the work is done elsewhere. Work goes on when the client goes away.
 */
export async function submitAndAnswer(
  queue: JobQueue,
  request: ApiRequest,
  work: readonly Work[],
  results: (jobs: readonly Job[]) => Promise<Answer>,
): Promise<Answer> {
  const jobs: Job[] = [];
  // Without the alignment the others would work on what is not so.
  const first = () => (work[0]?.kind === 'align' ? jobs[0]?.id : undefined);
  for (const { kind, payload } of work) {
    const after = first();
    jobs.push(await queue.submit(kind, payload, after === undefined ? {} : { after }));
  }
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
    const job = await queue.wait(id, { signal: request.signal });
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
