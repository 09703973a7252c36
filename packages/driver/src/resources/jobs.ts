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
  /** Told of every event, in order; also of those before the call. */
  readonly onEvent?: (event: JobEvent) => void;
  /** Ends the wait; the job goes on. */
  readonly signal?: AbortSignal;
}

/** Which jobs to list; what is left out does not narrow the list. */
export interface JobFilter {
  readonly state?: Job['state'];
  readonly kind?: string;
  readonly collab_id?: string;
  readonly project_id?: string;
  readonly expt_id?: string;
  readonly run_id?: string;
  readonly participant_id?: string;
  /** The newest jobs, at most this many of 1 to 1000. */
  readonly limit?: number;
  /** Id of a job; only those submitted before it. */
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
/** How long the TTP may be away (restarted, say) before following a job is given up. */
const PATIENCE_MS = 120_000;

export type JobsResource = ReturnType<typeof jobsResource>;

export function jobsResource(connection: Connection) {
  const read = async ({ job_id }: JobIds, signal?: AbortSignal): Promise<Job> =>
    (await connection.call(fill(JOB, { job_id }).path, { signal })).data as Job;

  /** The job's events after a sequence number, live, until it has ended; goes on where it was when the connection breaks. */
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
        // Nothing comes after a job's end.
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

  /** The newest jobs that a filter lets through, by default 100. */
  async function list(filter: JobFilter = {}): Promise<JobPage> {
    const { data, next } = await connection.call(`/ttp/jobs${queryOf(filter)}`);
    return { jobs: data as readonly Job[], next: next ?? null };
  }

  /** Resolves with the job when it is completed; rejects with the reason when it failed or was cancelled. */
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
    /** All jobs, oldest first, read page by page. */
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

/** Whether another attempt may succeed: the connection broke, or a proxy has no TTP behind it just now. */
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
