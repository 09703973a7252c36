import type { Failure } from '@synergos/contract';

export const jobStates = ['queued', 'running', 'completed', 'failed', 'cancelled'] as const;
export type JobState = (typeof jobStates)[number];

/** A unit of federated work, kept until it is deleted. `payload` and `result` are JSON. */
export interface Job {
  readonly id: string;
  readonly kind: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly state: JobState;
  readonly result: unknown;
  readonly error: Failure | null;
  /** Id of a job that has to complete before this job starts. If it fails or is cancelled, this job is cancelled. */
  readonly after: string | null;
  /** The queue on the broker in which the job waits. Empty: the job runs in the process that stores it. */
  readonly lane: string;
  /** The current or last lease holder; null before the first start, and if all jobs run in one process. */
  readonly holder: string | null;
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

/** Which jobs to list; what is left out does not narrow the list. */
export interface JobFilter {
  readonly states?: readonly JobState[];
  readonly kinds?: readonly string[];
  /** Ids that the payload holds, such as `{ collab_id: 'c', run_id: 'r' }`. */
  readonly of?: JobIds;
  /** Id of a job; only those submitted before it. */
  readonly before?: string;
  /** The newest of them, at most this many. */
  readonly newest?: number;
}
/** The ids of records by which jobs are found. */
export interface JobIds {
  readonly collab_id?: string;
  readonly project_id?: string;
  readonly expt_id?: string;
  readonly run_id?: string;
  readonly participant_id?: string;
}

/** Stores jobs and their events. Every call is durable when it returns. */
export interface JobStore {
  insert(job: Job): Promise<void>;
  get(id: string): Promise<Job | undefined>;
  /** Oldest first. */
  list(filter?: JobFilter): Promise<readonly Job[]>;
  /** The number of jobs in each state. */
  counts(): Promise<Readonly<Record<JobState, number>>>;
  /** Compare-and-set: changes the job only if it is in one of `from`; undefined if it is not. */
  transition(id: string, from: readonly JobState[], change: JobChange): Promise<Job | undefined>;
  appendEvent(
    job: string,
    type: string,
    data: Readonly<Record<string, unknown>>,
    at: string,
  ): Promise<JobEvent>;
  /** Events with a sequence above `after`, in order; at most the first `most`. */
  events(job: string, after?: number, most?: number): Promise<readonly JobEvent[]>;
  /** The newest event of a type and all after it, in order; all events if there is none. */
  eventsFromLast(job: string, type: string): Promise<readonly JobEvent[]>;
}

/** The outcome of a claim. The fence counts the claims of a job: a holder with an older fence has lost its lease. */
export type Claim =
  | {
      readonly outcome: 'claimed';
      readonly job: Job;
      readonly fence: number;
      /** Number of claims since the last progress whose holders neither ended nor released the job. */
      readonly lost: number;
    }
  | { readonly outcome: 'held'; readonly forMs: number }
  | { readonly outcome: 'over' | 'unknown' };

/** A lane with jobs that are not over, and the oldest of those that could be claimed now. */
export interface OpenLane {
  readonly lane: string;
  readonly next: Pick<Job, 'id' | 'kind' | 'payload'> | null;
}

/** How a job ends. */
export interface JobEnd {
  readonly state: 'completed' | 'failed' | 'cancelled';
  readonly result?: unknown;
  readonly error?: Failure | null;
}

/**
 * Assigns each job to one of several consumers by a lease, which lapses by the store's own clock unless it is renewed.
 * Works alongside a `JobStore` on the same jobs. Every call is durable when it returns.
 */
export interface JobLeases {
  /** Leases a job to the holder, if it is queued, or running with a lapsed lease. */
  claim(id: string, claimant: { readonly holder: string; readonly leaseMs: number }): Promise<Claim>;
  /** False if another holder has the lease, or the job is over. */
  renew(id: string, fence: number, leaseMs: number): Promise<boolean>;
  /** Releases the job: the next claim need not wait for the lease to lapse. */
  release(id: string, fence: number): Promise<void>;
  /** Records progress of the job: resets the count of its lost leases. */
  progressed(id: string, fence: number): Promise<void>;
  /** Remaining time of the lease; 0 if the job has no holder. */
  heldForMs(id: string): Promise<number>;
  /** Lanes with jobs that are not over, those with the oldest first. */
  openLanes(): Promise<readonly OpenLane[]>;
  /** Jobs of a lane that could be claimed now, oldest first. */
  claimable(lane: string): Promise<readonly Job[]>;
  /** Queued jobs that come after another. */
  followers(id: string): Promise<readonly Job[]>;
  /** All lanes that jobs were ever put into. */
  lanes(): Promise<readonly string[]>;
  /**
   * Ends a job and appends its last event, at once; undefined if it is over already, or `fence` is not the newest.
   * Without a fence, the job ends regardless of its holder.
   */
  end(
    id: string,
    end: JobEnd,
    options: { readonly fence?: number; readonly at: string },
  ): Promise<Job | undefined>;
}

export type JobChange = Partial<Pick<Job, 'result' | 'error' | 'attempts' | 'startedAt' | 'finishedAt'>> & {
  readonly state: JobState;
};
