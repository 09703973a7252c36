import type { Point, SearchSpace } from './space/parameters.js';
import type { Mode, Trial } from './trial.js';

/** All that a proposal is made from: the trials are the searcher's whole state, so that keeping them keeps it. */
export interface Study {
  readonly space: SearchSpace;
  readonly seed: number;
  readonly mode: Mode;
  /** In the order of their start. */
  readonly trials: readonly Trial[];
}

/** Proposes hyperparameters. A pure function: the same study gives the same proposal, today and after a restart. */
export interface Searcher {
  readonly name: string;
  /** The next trial's hyperparameters. */
  suggest(study: Study): Point;
  /** How many different trials there are; undefined: no end of them. */
  size?(space: SearchSpace): number;
  /** Names of hyperparameters that it cannot search, and why. */
  refuse?(space: SearchSpace): Readonly<Record<string, string>>;
}
