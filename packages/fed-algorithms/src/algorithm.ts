import type { z } from 'zod';
import type { Aggregator } from './aggregator.js';
import type { RunArguments } from './arguments.js';
import type { ClientSide } from './client-side.js';
import type { Exchange } from './exchange.js';
import type { ServerSide } from './server-side.js';

/** The plug-in contract. Its version rises when a plug-in written for an older one would break. */
export const PLUGIN_API_VERSION = 1;

/** Default export of a plug-in package or module. */
export interface Plugin {
  readonly apiVersion: number;
  readonly algorithms: readonly Algorithm[];
}

/**
 * A federated algorithm: `name` and `summary` and whatever differs from plain federated averaging.
 * All vectors are flat, of the model's size P, in the order of the model's manifest.
 */
export interface Algorithm<Args extends object = any> {
  readonly name: string;
  readonly summary: string;
  /** Authors, title, year. */
  readonly paper?: string;
  /** A zod object: arguments beyond the common ones, with defaults; they are stored on the run. */
  readonly arguments?: z.ZodType<Args>;
  /**
   * Common arguments that the algorithm itself reads, of those that only some do: `mu`, and `lr` apart from the optimizer.
   * Others of that kind are reported as ignored. Default: it may read all.
   */
  readonly reads?: readonly (keyof RunArguments)[];
  /** Defaults of common arguments that differ for this algorithm. */
  readonly defaults?: Partial<RunArguments>;
  /** Refuses combinations that make no sense: throws `InvalidArguments` naming the field. */
  readonly check?: (args: RunArguments & Args) => void;
  /** How updates Δ_k = w_k − w become one. Default: their mean, weighted by samples. */
  readonly aggregator?: (args: RunArguments & Args) => Aggregator;
  readonly server?: ServerSide<Args>;
  readonly client?: ClientSide<Args>;
  /** In place of local training and averaging: a round of questions and answers, such as split learning's. */
  readonly exchange?: Exchange<Args>;
}
