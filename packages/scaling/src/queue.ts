import type { Job, JobEvent, JobFilter, JobState } from './job.js';

export interface JobContext {
  readonly job: Job;
  /** Aborted when the job is cancelled (`JobCancelled`) or the queue closes (`QueueClosed`). */
  readonly signal: AbortSignal;
  /** Appends to the job's history. */
  emit(type: string, data: Readonly<Record<string, unknown>>): Promise<void>;
}

/** Does one kind of job; what it returns (JSON) is the job's result. A thrown error fails the job. */
export type JobHandler = (context: JobContext) => Promise<unknown>;

/** Calls `work`; all that is done and logged for a job happens within, so that it can be given the job's ids. */
export type AroundJob = <Result>(job: Job, work: () => Result) => Result;

/** Where work is put and from where it is done. */
export interface JobQueue {
  submit(
    kind: string,
    payload: Readonly<Record<string, unknown>>,
    options?: {
      /** Id of a job that has to be completed first; where it is not, this one is cancelled. */
      readonly after?: string;
    },
  ): Promise<Job>;
  get(id: string): Promise<Job | undefined>;
  /** Oldest first. */
  list(filter?: JobFilter): Promise<readonly Job[]>;
  /** The number of jobs in each state. */
  counts(): Promise<Readonly<Record<JobState, number>>>;
  cancel(id: string): Promise<Job | undefined>;
  /** Resolves when the job has ended, however it ended; rejects on abort or an unknown id. */
  wait(id: string, options?: { readonly signal?: AbortSignal }): Promise<Job>;
  /** The job's events after a sequence number, live, until the job has ended or `signal` aborts. */
  events(
    id: string,
    options?: { readonly after?: number; readonly signal?: AbortSignal },
  ): AsyncIterable<JobEvent>;
  /** Begins to work: first what was running when the process died, then what is queued, in order. */
  start(handlers: Readonly<Record<string, JobHandler>>): Promise<void>;
  /** Stops working; a job under way stays `running` in the store, to be taken up again at the next start. */
  close(): Promise<void>;
}
