export const jobStates = ['queued', 'running', 'completed', 'failed', 'cancelled'] as const;
export type JobState = (typeof jobStates)[number];

export interface JobError {
  readonly code: string;
  readonly message: string;
}

/** A unit of federated work, kept until it is deleted. `payload` and `result` are JSON. */
export interface Job {
  readonly id: string;
  readonly kind: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly state: JobState;
  readonly result: unknown;
  readonly error: JobError | null;
  /** How often it was started; above 1 after a restart. */
  readonly attempts: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

/** One entry of a job's append-only history; `sequence` counts from 1 within the job. */
export interface JobEvent {
  readonly job: string;
  readonly sequence: number;
  readonly at: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Where jobs are kept. Every call is durable when it returns. */
export interface JobStore {
  insert(job: Job): Promise<void>;
  get(id: string): Promise<Job | undefined>;
  /** Oldest first. */
  list(filter?: { readonly states?: readonly JobState[]; readonly kind?: string }): Promise<readonly Job[]>;
  /** Compare-and-set: changes the job only if it is in one of `from`; undefined if it is not. */
  transition(id: string, from: readonly JobState[], change: JobChange): Promise<Job | undefined>;
  appendEvent(
    job: string,
    type: string,
    data: Readonly<Record<string, unknown>>,
    at: string,
  ): Promise<JobEvent>;
  /** Events with a sequence above `after`, in order. */
  events(job: string, after?: number): Promise<readonly JobEvent[]>;
}

export type JobChange = Partial<Pick<Job, 'result' | 'error' | 'attempts' | 'startedAt' | 'finishedAt'>> & {
  readonly state: JobState;
};
