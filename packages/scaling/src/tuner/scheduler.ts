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
  /** Of so many trials, one is trained on. */
  readonly reductionFactor: number;
}

/** What is to be done with a free place. Rounds are counted from a trial's first. */
export type Step =
  | { readonly action: 'start'; readonly rounds: number }
  | { readonly action: 'continue'; readonly trial: number; readonly rounds: number }
  /** Cuts a trial: it is never continued. */
  | { readonly action: 'stop'; readonly trial: number }
  /** Nothing before a trial under way reports; nothing ever where none is. */
  | { readonly action: 'wait' };

/** Decides which trials are worth more rounds. A pure function, so that it goes on after a restart as if there were none. */
export interface Scheduler {
  readonly name: string;
  /** Whether it may cut a trial before its last round. */
  readonly cuts: boolean;
  next(progress: Progress): Step;
}
