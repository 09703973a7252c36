import type { Point } from './space/parameters.js';

/** The score of a trial's model after some of its rounds. */
export interface Report {
  /** Rounds that had been asked for. */
  readonly target: number;
  /** Rounds done; fewer if the training stopped early by itself. */
  readonly rounds: number;
  /** The metric; null if it is undefined. */
  readonly value: number | null;
}

/**
 * `training` until `target` rounds; `waiting` for the scheduler to continue it; `completed`: all rounds done, or stopped
 * early by itself; `stopped`: cut by the scheduler or the end of the optimization, with the model of its last report.
 */
export const trialStates = ['training', 'waiting', 'completed', 'stopped', 'failed', 'cancelled'] as const;
export type TrialState = (typeof trialStates)[number];

export interface Trial {
  /** Counts from 1 in the order of their start. */
  readonly number: number;
  readonly run_id: string;
  /** Its hyperparameters. */
  readonly point: Point;
  readonly state: TrialState;
  /** Rounds that it trains to now, or trained to last. */
  readonly target: number;
  /** In the order of rounds. */
  readonly reports: readonly Report[];
  /** Why it failed. */
  readonly failure?: { readonly code: string; readonly message: string };
}

export const modes = ['max', 'min'] as const;
/** Whether high or low values of the metric are good. */
export type Mode = (typeof modes)[number];

/** The score of a trial: the value of its last report. */
export function valueOf({ reports }: Pick<Trial, 'reports'>): number | null {
  return reports.at(-1)?.value ?? null;
}

/** The report at a number of rounds asked for. */
export function reportAt({ reports }: Pick<Trial, 'reports'>, target: number): Report | undefined {
  return reports.find((report) => report.target === target);
}

/** Negative if `a` is better than `b`; a missing value is worse than any value. */
export function compareValues(mode: Mode, a: number | null, b: number | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return mode === 'max' ? b - a : a - b;
}

/** The trials with a value, best first; of equal ones the earlier. */
export function ranked<Ranked extends Pick<Trial, 'reports' | 'number'>>(
  trials: readonly Ranked[],
  mode: Mode,
): readonly Ranked[] {
  return trials
    .filter((trial) => valueOf(trial) !== null)
    .sort((a, b) => compareValues(mode, valueOf(a), valueOf(b)) || a.number - b.number);
}
