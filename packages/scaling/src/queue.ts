import type { EmitEvent } from '@synergos/contract/events';
import type { Job, JobEvent, JobFilter, JobState } from './job.js';

export interface JobContext {
  readonly job: Job;
  /** Aborted with `JobCancelled`, with `QueueClosed`, or with `lease_lost` when another process has taken over the job. */
  readonly signal: AbortSignal;
  /** Appends to the job's history. */
  readonly emit: EmitEvent;
}

/** Runs one kind of job. Its return value (JSON) is the job's result; a thrown error fails the job. */
export type JobHandler = (context: JobContext) => Promise<unknown>;

/** Calls `work`. Everything that is done and logged for a job happens inside, so that logs can carry the job's ids. */
export type AroundJob = <Result>(job: Job, work: () => Result) => Result;

/** Accepts jobs and runs each by the handler of its kind. */
export interface JobQueue {
  submit(
    kind: string,
    payload: Readonly<Record<string, unknown>>,
    options?: {
      /** Id of a job that has to be completed first; this job is cancelled if that one is not. */
      readonly after?: string;
    },
  ): Promise<Job>;
  get(id: string): Promise<Job | undefined>;
  /** Oldest first. */
  list(filter?: JobFilter): Promise<readonly Job[]>;
  /** The number of jobs in each state. */
  counts(): Promise<Readonly<Record<JobState, number>>>;
  cancel(id: string): Promise<Job | undefined>;
  /** Resolves when the job has ended in any state; rejects on abort or for an unknown id. */
  wait(id: string, options?: { readonly signal?: AbortSignal }): Promise<Job>;
  /** Streams the job's events after a sequence number until the job has ended or `signal` aborts. */
  events(
    id: string,
    options?: { readonly after?: number; readonly signal?: AbortSignal },
  ): AsyncIterable<JobEvent>;
  /** Starts to run jobs: first those that were running when the process died, then the queued ones, in order. */
  start(handlers: Readonly<Record<string, JobHandler>>): Promise<void>;
  /** Stops. A running job stays `running` in the store and is resumed at the next start. */
  close(): Promise<void>;
}
