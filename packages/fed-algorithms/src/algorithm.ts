import type { z } from 'zod';
import type { Aggregator } from './aggregator.js';
import type { RunArguments } from './arguments.js';
import type { Engine } from './engines/engine.js';

/** The plug-in contract. Its version rises when a plug-in written for an older one would break. */
export const PLUGIN_API_VERSION = 1;

/** Default export of a plug-in package or module. */
export interface Plugin {
  readonly apiVersion: number;
  readonly algorithms: readonly Algorithm[];
}

/**
 * A federated algorithm: `name` and `summary` and whatever differs from plain federated averaging.
 * All vectors are flat float32 of the model's size P, in the order of the model's manifest.
 */
export interface Algorithm<Args extends object = any> {
  readonly name: string;
  readonly summary: string;
  /** Authors, title, year. */
  readonly paper?: string;
  /** A zod object: arguments beyond the common ones, with defaults; they are stored on the run. */
  readonly arguments?: z.ZodType<Args>;
  /** Defaults of common arguments that differ for this algorithm. */
  readonly defaults?: Partial<RunArguments>;
  /** Refuses combinations that make no sense: throws `InvalidArguments` naming the field. */
  readonly check?: (args: RunArguments & Args) => void;
  /** How updates Δ_k = w_k − w become one. Default: their mean, weighted by samples. */
  readonly aggregator?: (args: RunArguments & Args) => Aggregator;
  readonly server?: ServerSide<Args>;
  readonly client?: ClientSide<Args>;
}

export interface ServerSide<Args extends object = any> {
  /** Names of vectors carried between rounds (momentum, control variates): zero at first, checkpointed. */
  readonly state?: readonly string[];
  /**
   * The step works value by value: it is then called on pieces of the vectors, at the same positions, and a model may
   * be larger than memory.
   */
  readonly elementwise?: true;
  /** Moves the global model, in place. Default: `weights += aggregate`. */
  readonly step: (context: ServerStep<Args>) => void;
}

export interface ServerStep<Args extends object = any> {
  readonly weights: Float32Array;
  readonly aggregate: Float32Array;
  readonly state: Readonly<Record<string, Float32Array>>;
  readonly round: number;
  readonly args: RunArguments & Args;
  readonly engine: Engine;
}

export interface ClientSide<Args extends object = any> {
  /** Called before each optimizer step: changes the gradient of the local loss, in place. */
  readonly correctGradient?: (context: GradientContext<Args>) => void;
}

export interface GradientContext<Args extends object = any> {
  readonly gradient: Float32Array;
  /** Current local weights w_k. */
  readonly weights: Float32Array;
  /** Weights of the global model w that this round started from. */
  readonly global: Float32Array;
  readonly args: RunArguments & Args;
}
