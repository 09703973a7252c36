/** A run as a tracker knows it. */
export interface TrackedRun {
  /** Permanent id of the run: opening it again returns the same run. At most 200 of `A-Z a-z 0-9 _ . -`. */
  readonly id: string;
  /** Name of the run's experiment, created if missing. */
  readonly experiment: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly startedMs: number;
  /** The parent run, created if missing. */
  readonly parent?: ParentRun | undefined;
}

export interface ParentRun {
  readonly id: string;
  readonly name: string;
}

export interface Metric {
  readonly key: string;
  /** Finite. */
  readonly value: number;
  readonly step: number;
  readonly timestampMs: number;
}

/** Metrics, parameters and tags of a run, in any number. */
export interface Batch {
  readonly metrics?: readonly Metric[] | undefined;
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

export type RunStatus = 'FINISHED' | 'FAILED' | 'KILLED';

/**
 * A destination that shows runs. Every call is idempotent: an interrupted call is repeated with the same arguments, and
 * takes effect once. Rejects with `TrackerRefused` if a repetition would not help; any other error may be temporary.
 */
export interface Tracker {
  /** Opens or finds a run; resolves with its id in the tracker. */
  openRun(run: TrackedRun, signal: AbortSignal): Promise<string>;
  /** A parameter keeps its first value, a tag its last. Values too long for the tracker are cut. */
  log(runId: string, batch: Batch, signal: AbortSignal): Promise<void>;
  /** Stores a file of this machine under a `/`-separated name. */
  putArtifact(runId: string, name: string, file: string, signal: AbortSignal): Promise<void>;
  endRun(runId: string, status: RunStatus, endedMs: number, signal: AbortSignal): Promise<void>;
}

/** Tag that identifies a run. */
export const RUN_ID_TAG = 'synergos.id';
/** Maximum length of values in MLflow. */
export const LONGEST_PARAM = 6000;
export const LONGEST_TAG = 5000;
