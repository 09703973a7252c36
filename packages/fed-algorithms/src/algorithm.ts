import type { z } from 'zod';
import type { Aggregator } from './aggregator.js';
import type { RunArguments } from './arguments.js';
import type { ClientSide } from './client-side.js';
import type { Exchange } from './exchange.js';
import type { ServerSide } from './server-side.js';

/**
 * A federated algorithm: `name` and `summary` and whatever differs from plain federated averaging.
 * All vectors are flat, of the model's size P, in the order of the model's manifest.
 */
export interface Algorithm<Args extends object = any> {
  readonly name: string;
  /** What it does, in one sentence. */
  readonly summary: string;
  /** Authors, title, year. */
  readonly paper?: string;
  /** A zod object: arguments in addition to the common ones, with defaults; they are stored on the run. */
  readonly arguments?: z.ZodType<Args>;
  /**
   * The common arguments that the algorithm itself reads, among those that only some algorithms do: `mu`, and `lr` if it
   * is read apart from the optimizer. The others are reported as ignored. @defaultValue it may read all
   */
  readonly reads?: readonly (keyof RunArguments)[];
  /** Defaults of common arguments that differ for this algorithm. */
  readonly defaults?: Partial<RunArguments>;
  /** Throws `InvalidArguments` that names the field if the arguments make no sense together. */
  readonly check?: (args: RunArguments & Args) => void;
  /** How updates Δ_k = w_k − w are aggregated. @defaultValue their mean, weighted by samples */
  readonly aggregator?: (args: RunArguments & Args) => Aggregator;
  readonly server?: ServerSide<Args>;
  readonly client?: ClientSide<Args>;
  /** Replaces local training and averaging: a round of questions and answers, such as that of split learning. */
  readonly exchange?: Exchange<Args>;
}
