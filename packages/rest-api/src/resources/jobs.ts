import type { Request, Response } from 'express';
import { z } from 'zod';
import { idSchema, type Failure } from '@synergos/contract';
import { jobIsOver, jobStates, type Job, type JobEvent, type JobIds, type JobQueue } from '@synergos/scaling';
import { ApiError } from '../errors.js';
import { showError, showJob } from '../job-view.js';
import type { RawRoute, Route } from '../route.js';

const JOB = '/ttp/jobs/{job_id}';
const KEEP_ALIVE_MS = 15_000;
const MOST_JOBS = 1000;
/** Each stream occupies a connection and polls the store as long as its job runs. */
export const MOST_EVENT_STREAMS = 256;
const RETRY_AFTER_SECONDS = 5;

const id = idSchema.optional();
const jobsQuery = z.object({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MOST_JOBS)
    .default(100)
    .describe('The newest jobs, at most this many.'),
  before: z.string().max(200).optional().describe('Id of a job: only older ones; `next` of a page.'),
  state: z.enum(jobStates).optional().describe('Only jobs in this state.'),
  kind: z.string().max(200).optional().describe('Only jobs of this kind: align, train, validate, …'),
  collab_id: id,
  project_id: id,
  expt_id: id,
  run_id: id,
  participant_id: id,
});

export function jobs(
  queue: JobQueue,
  { mostStreams = MOST_EVENT_STREAMS }: { readonly mostStreams?: number | undefined } = {},
): (Route | RawRoute)[] {
  let streams = 0;
  return [
    {
      method: 'get',
      path: '/ttp/jobs',
      resource: 'jobs',
      summary: 'List the newest jobs, oldest first; `next` is the `before` of the page of older ones.',
      query: jobsQuery,
      handle: async ({ query }) => {
        const { limit, before, state, kind, ...of } = query as z.output<typeof jobsQuery>;
        if (before !== undefined) await need(before);
        const found = await queue.list({
          of: of as JobIds,
          newest: limit + 1,
          ...(before === undefined ? {} : { before }),
          ...(state === undefined ? {} : { states: [state] }),
          ...(kind === undefined ? {} : { kinds: [kind] }),
        });
        const page = found.slice(-limit);
        return { data: page.map(showJob), extra: { next: found.length > limit ? page[0]?.id : null } };
      },
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
    {
      method: 'get',
      path: `${JOB}/events`,
      resource: 'jobs',
      summary: "A job's events as server-sent events, live; resumes after `Last-Event-ID`.",
      serve: async (params, request, response) => {
        const job = await need(params.job_id);
        if (streams >= mostStreams) {
          response.setHeader('retry-after', RETRY_AFTER_SECONDS);
          throw new ApiError(
            503,
            `${mostStreams} event streams are open, the most that the TTP serves; close one, or poll GET /ttp/jobs/${job.id}`,
            [{ path: 'streams', message: `expected fewer than ${mostStreams} open` }],
          );
        }
        streams++;
        try {
          await stream(queue, job, request, response);
        } finally {
          streams--;
        }
      },
    },
  ];

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
  // Status 204 stops the reconnection of a browser's EventSource.
  const first = jobIsOver(job) ? await events.next() : undefined;
  if (first?.done === true) return void response.status(204).end();
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    // nginx would delay events until its buffer is full.
    'x-accel-buffering': 'no',
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
  const shown = type === 'failed' ? { ...data, ...showError(job, data as unknown as Failure) } : data;
  return `id: ${sequence}\nevent: ${type}\ndata: ${JSON.stringify({ ...shown, job, type, at, sequence })}\n\n`;
}
