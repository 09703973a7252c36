import type { RunArguments } from './arguments.js';
import type { Engine } from './engines/engine.js';
import type { Manifest } from './model/index.js';
import type { Vector, Vectors } from './vector.js';

/** The TTP's part of an algorithm. */
export interface ServerSide<Args extends object = any> {
  /** Names of vectors carried between rounds (momentum, control variates): zero at first, checkpointed. */
  readonly state?: readonly string[] | ((args: RunArguments & Args) => readonly string[]);
  /** Those of them that travel to the participants with the global model. */
  readonly sends?: readonly string[];
  /**
   * The step works value by value: it is then called on pieces of the vectors, at the same positions, and a model may
   * be larger than memory.
   */
  readonly elementwise?: true;
  /** Weight of an update in the aggregate. Default: its samples. */
  readonly weight?: (report: Report, args: RunArguments & Args) => number;
  /** Factor of the update that the aggregation rule gets, such as 1 / a_k. Default: 1. */
  readonly scale?: (report: Report, args: RunArguments & Args) => number;
  /** Returns the error in a participant's values, or undefined. The round drops a participant with invalid values. */
  readonly refuses?: (report: Report, args: RunArguments & Args) => string | undefined;
  /** Numbers of the reports that the model depends on: they get no noise, so that a run with noise is refused. */
  readonly learnsFrom?: (args: RunArguments & Args) => readonly string[];
  /**
   * Numbers carried between rounds: none at first, checkpointed. Those named like arguments take their place in what
   * participants train by.
   */
  readonly adapt?: (numbers: Numbers, reports: readonly Report[], args: RunArguments & Args) => Numbers;
  /** Participants that train in a round, if they are not drawn from all; undefined: drawn as usual. */
  readonly cohort?: (context: CohortContext<Args>) => readonly string[] | undefined;
  /** Without rounds: the model moves whenever a buffer of updates is full. */
  readonly asynchronous?: Asynchronous<Args>;
  /** Moves the values that are trained, in place; not called in a round where no update weighs anything. Default: `weights += aggregate`. */
  readonly step?: (context: ServerStep<Args>) => void;
}

export type Numbers = Readonly<Record<string, number>>;

export interface ServerStep<Args extends object = any> {
  readonly weights: Vector;
  /** Position of the first value within the model, if the vectors are pieces. Default: 0. */
  readonly offset?: number;
  /** Of the updates, by their weights. */
  readonly aggregate: Vector;
  /** Of the vectors that came with the updates, by name: by the same rule, each participant counts the same. */
  readonly received: Vectors;
  readonly state: Vectors;
  readonly round: number;
  /** Whose updates are in the aggregate, in the cohort's order; of asynchronous ones, those of any weight. */
  readonly reports: readonly Report[];
  /** N: all participants of the run, those of this round and the others. */
  readonly participants: number;
  /** Of the whole model, also where the vectors are pieces. */
  readonly manifest: Manifest;
  readonly args: RunArguments & Args;
  readonly engine: Engine;
}

/** Data received with an update. */
export interface Report {
  readonly participant: string;
  /** Rows trained on, at most those that the participant had when the project was aligned. */
  readonly samples: number;
  /** ‖Δ_k‖² over the values that are trained, as the TTP measured it. */
  readonly squaredNorm: number;
  /** Optimizer steps taken. */
  readonly steps: number;
  /** Mean training loss of the last epoch. */
  readonly loss: number;
  /** Values that the algorithm's client side sent with the update. */
  readonly values: Readonly<Record<string, number>>;
}

export interface CohortContext<Args extends object = any> {
  readonly round: number;
  /** All of the run, sorted. */
  readonly participants: readonly string[];
  readonly args: RunArguments & Args;
}

export interface Asynchronous<Args extends object = any> {
  /** Updates that make one step of the server: K. Its aggregate is Σ weight · Δ_k / K. */
  readonly buffer: (args: RunArguments & Args) => number;
  /** Weight of an update whose model is `staleness` steps old. */
  readonly weight: (staleness: number, args: RunArguments & Args) => number;
  /** Updates are taken from the present global model, w_k − w, rather than from the one they started from. */
  readonly fromPresent?: true;
}
