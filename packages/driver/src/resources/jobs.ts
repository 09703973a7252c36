import { setTimeout as sleep } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { Connection } from '../connection.js';
import { SynergosError } from '../errors.js';
import { fill, queryOf } from '../paths.js';
import type { Job, JobEvent } from '../types.js';

export interface JobIds {
  readonly job_id: string;
}
export interface FollowOptions {
  /** Called with every event in order, also those before the call. */
  readonly onEvent?: (event: JobEvent) => void;
  /** Ends the wait; the job continues. */
  readonly signal?: AbortSignal;
}

/** Restricts a list of jobs by the given fields. */
export interface JobFilter {
  readonly state?: Job['state'];
  readonly kind?: string;
  readonly collab_id?: string;
  readonly project_id?: string;
  readonly expt_id?: string;
  readonly run_id?: string;
  readonly participant_id?: string;
  /** Largest number of jobs, 1 to 1000; the newest are listed. @defaultValue 100 */
  readonly limit?: number;
  /** Id of a job: only jobs submitted before it are listed. */
  readonly before?: string;
}
export interface JobPage {
  /** Oldest first. */
  readonly jobs: readonly Job[];
  /** `before` of the page of older jobs; null on the last one. */
  readonly next: string | null;
}

const JOB = '/ttp/jobs/{job_id}';
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
/** Longest time without the TTP, for example during a restart, before following a job fails. */
const PATIENCE_MS = 120_000;

export type JobsResource = ReturnType<typeof jobsResource>;

export function jobsResource(connection: Connection) {
  const read = async ({ job_id }: JobIds, signal?: AbortSignal): Promise<Job> =>
    (await connection.call(fill(JOB, { job_id }).path, { signal })).data as Job;

  /** Yields the job's events after a sequence number until it ends. Resumes after the last event if the connection breaks. */
  async function* events({
    job_id,
    after = 0,
    signal,
  }: JobIds & { readonly after?: number; readonly signal?: AbortSignal }) {
    const path = fill(`${JOB}/events`, { job_id }).path;
    let last: { readonly sequence: number; readonly type: string } = { sequence: after, type: '' };
    let pauseMs = FIRST_PAUSE_MS;
    for (let heardAt = Date.now(); ;) {
      const before = last.sequence;
      try {
        for await (const event of stream(connection, path, job_id, last.sequence, signal)) {
          last = event;
          yield event;
        }
        // No event follows the end of a job.
        if (isEnd(last.type)) return;
        if (last.sequence === before && isEnd((await read({ job_id }, signal)).state)) return;
        heardAt = Date.now();
      } catch (error) {
        signal?.throwIfAborted();
        if (!isPassing(error)) throw error;
        if (last.sequence > before) heardAt = Date.now();
        if (Date.now() - heardAt > PATIENCE_MS) throw error;
      }
      pauseMs = last.sequence > before ? FIRST_PAUSE_MS : Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      await sleep(pauseMs, undefined, signal === undefined ? {} : { signal });
    }
  }

  /** Lists the newest jobs that match a filter. */
  async function list(filter: JobFilter = {}): Promise<JobPage> {
    const { data, next } = await connection.call(`/ttp/jobs${queryOf(filter)}`);
    return { jobs: data as readonly Job[], next: next ?? null };
  }

  /** Resolves with the completed job; rejects with the error of a failed or cancelled one. */
  async function wait({ job_id }: JobIds, { onEvent, signal }: FollowOptions = {}): Promise<Job> {
    for await (const event of events({ job_id, ...(signal === undefined ? {} : { signal }) }))
      onEvent?.(event);
    const job = await read({ job_id }, signal);
    if (job.state === 'completed') return job;
    throw failureOf(job);
  }

  return {
    read,
    list,
    /** Lists all jobs, oldest first, page by page. */
    async readAll(filter: Omit<JobFilter, 'limit' | 'before'> = {}): Promise<readonly Job[]> {
      const pages: (readonly Job[])[] = [];
      let before: string | null | undefined;
      do {
        const page = await list({ ...filter, limit: 1000, ...(before == null ? {} : { before }) });
        pages.unshift(page.jobs);
        before = page.next;
      } while (before != null);
      return pages.flat();
    },
    async cancel({ job_id }: JobIds): Promise<Job> {
      return (await connection.call(fill(`${JOB}/cancel`, { job_id }).path, { method: 'POST' })).data as Job;
    },
    events: events as (
      query: JobIds & { readonly after?: number; readonly signal?: AbortSignal },
    ) => AsyncIterable<JobEvent>,
    wait,
  };
}

async function* stream(
  connection: Connection,
  path: string,
  job: string,
  after: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<JobEvent> {
  const headers = { accept: 'text/event-stream', 'last-event-id': String(after) };
  const { body } = await connection.send(path, { headers, signal });
  if (body === null) return;
  const messages = body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const { data } of messages)
    yield { job, ...(JSON.parse(data) as Omit<JobEvent, 'job'>) } as JobEvent;
}

const isEnd = (state: string) => state === 'completed' || state === 'failed' || state === 'cancelled';

/** Whether another attempt may succeed: the connection broke, or a proxy cannot reach the TTP. */
function isPassing(error: unknown): boolean {
  if (error instanceof SynergosError)
    return error.code === 'unreachable' || [502, 503, 504].includes(error.status);
  return error instanceof TypeError;
}

function failureOf({ id, state, error }: Job): SynergosError {
  const message = error?.message ?? `job ${id} was ${state}`;
  const status = error?.status ?? 409;
  return new SynergosError(message, {
    status,
    code: error?.code ?? state,
    errors: [{ path: 'job', message: id }],
  });
}
