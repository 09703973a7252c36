import type { Mode, Trial } from './trial.js';

/** All that a decision is made from: the trials are the scheduler's whole state, so that keeping them keeps it. */
export interface Progress {
  /** In the order of their start. */
  readonly trials: readonly Trial[];
  readonly mode: Mode;
  /** How many trials there may be. */
  readonly maxTrials: number;
  /** Rounds of a trial that is not cut. */
  readonly rounds: number;
  /** Fewest rounds before a trial may be cut. */
  readonly gracePeriod: number;
  /** One of this number of trials continues. */
  readonly reductionFactor: number;
}

/** The next step for a free trial slot. Rounds are counted from the first round of a trial. */
export type Step =
  | { readonly action: 'start'; readonly rounds: number }
  | { readonly action: 'continue'; readonly trial: number; readonly rounds: number }
  /** Cuts a trial: it is never continued. */
  | { readonly action: 'stop'; readonly trial: number }
  /** Waits for the next report of a running trial; the search is over if no trial is running. */
  | { readonly action: 'wait' };

/** Decides which trials get more rounds. `next` is a pure function, so a restart does not change its decisions. */
export interface Scheduler {
  readonly name: string;
  /** Whether it may cut a trial before its last round. */
  readonly cuts: boolean;
  next(progress: Progress): Step;
}
