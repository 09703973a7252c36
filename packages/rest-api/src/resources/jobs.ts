import type { Request, Response } from 'express';
import { jobIsOver, type Job, type JobError, type JobEvent, type JobQueue } from '@synergos/scaling';
import { ApiError } from '../errors.js';
import { showError, showJob } from '../job-view.js';
import type { RawRoute, Route } from '../route.js';

const JOB = '/ttp/jobs/{job_id}';
const KEEP_ALIVE_MS = 15_000;

export function jobs(queue: JobQueue): { routes: Route[]; raw: RawRoute[] } {
  return {
    routes: [
      {
        method: 'get',
        path: '/ttp/jobs',
        resource: 'jobs',
        summary: 'List the jobs, oldest first.',
        handle: async () => ({ data: (await queue.list()).map(showJob) }),
      },
      {
        method: 'get',
        path: JOB,
        resource: 'jobs',
        summary: 'Read a job.',
        handle: async ({ params }) => ({ data: showJob(await need(params.job_id)) }),
      },
      {
        method: 'post',
        path: `${JOB}/cancel`,
        resource: 'jobs',
        summary: 'Cancel a job, queued or running.',
        handle: async ({ params }) => {
          const job = await need(params.job_id);
          if (jobIsOver(job)) throw new ApiError(409, `job ${job.id} has ended already: ${job.state}`);
          return { data: showJob((await queue.cancel(job.id)) ?? job) };
        },
      },
    ],
    raw: [
      {
        method: 'get',
        path: `${JOB}/events`,
        resource: 'jobs',
        summary: "A job's events as server-sent events, live; resumes after `Last-Event-ID`.",
        serve: async (params, request, response) => {
          await stream(queue, await need(params.job_id), request, response);
        },
      },
    ],
  };

  async function need(id = '') {
    const job = await queue.get(id);
    if (job === undefined) throw new ApiError(404, `there is no job '${id}'`);
    return job;
  }
}

async function stream(queue: JobQueue, job: Job, request: Request, response: Response): Promise<void> {
  const after = Number(request.headers['last-event-id'] ?? 0);
  if (!Number.isInteger(after) || after < 0)
    throw new ApiError(400, 'Last-Event-ID is not the id of an event', [
      { path: 'Last-Event-ID', message: 'expected a whole number' },
    ]);
  const { id } = job;
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const events = queue.events(id, { after, signal: gone.signal })[Symbol.asyncIterator]();
  // 204 is what ends the reconnecting of a browser's EventSource.
  const first = jobIsOver(job) ? await events.next() : undefined;
  if (first?.done === true) return void response.status(204).end();
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    connection: 'keep-alive',
  });
  response.flushHeaders();
  const keepAlive = setInterval(() => response.write(': still here\n\n'), KEEP_ALIVE_MS);
  try {
    if (first !== undefined) response.write(message(id, first.value));
    for (let next = await events.next(); next.done !== true; next = await events.next())
      response.write(message(id, next.value));
  } finally {
    clearInterval(keepAlive);
    response.end();
  }
}

function message(job: string, { sequence, type, at, data }: JobEvent): string {
  const shown = type === 'failed' ? { ...data, ...showError(job, data as unknown as JobError) } : data;
  return `id: ${sequence}\nevent: ${type}\ndata: ${JSON.stringify({ ...shown, job, type, at, sequence })}\n\n`;
}
