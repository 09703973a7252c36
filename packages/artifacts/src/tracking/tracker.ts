/** A run as a tracker knows it. */
export interface TrackedRun {
  /** Names the run for ever: whoever opens it again gets the same one. At most 200 of `A-Z a-z 0-9 _ . -`. */
  readonly id: string;
  /** Name of the experiment it belongs to, which is made where there is none. */
  readonly experiment: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly startedMs: number;
  /** The run that it is shown below; made where there is none. */
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

/** Figures and facts of a run; any number of them. */
export interface Batch {
  readonly metrics?: readonly Metric[] | undefined;
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

export type RunStatus = 'FINISHED' | 'FAILED' | 'KILLED';

/**
 * Where runs are shown. Every call may be made again with the same arguments, and counts once: what was cut off is
 * simply repeated. Rejects with `TrackerRefused` where a repetition would not help; anything else may pass.
 */
export interface Tracker {
  /** Opens a run, or finds it again; gives its id there. */
  openRun(run: TrackedRun, signal: AbortSignal): Promise<string>;
  /** A parameter keeps its first value, a tag its last. Values too long for the tracker are cut. */
  log(runId: string, batch: Batch, signal: AbortSignal): Promise<void>;
  /** Keeps a file of this machine under a `/`-separated name. */
  putArtifact(runId: string, name: string, file: string, signal: AbortSignal): Promise<void>;
  endRun(runId: string, status: RunStatus, endedMs: number, signal: AbortSignal): Promise<void>;
}

/** Tag by which a run is found again. */
export const RUN_ID_TAG = 'synergos.id';
/** Longest values that MLflow keeps. */
export const LONGEST_PARAM = 6000;
export const LONGEST_TAG = 5000;
