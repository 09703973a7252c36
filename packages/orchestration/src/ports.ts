import type { AlgorithmDescription } from '@synergos/fed-algorithms';
import type { z } from 'zod';

/** What the REST API asks of the orchestration before anything is stored. */
export interface RunChecks {
  /** The experiment's layers with defaults filled in. Throws an error with `issues: {path, message}[]`. */
  parseModel(raw: unknown): unknown;
  /**
   * The run's arguments with defaults filled in, the keys that have no effect in it, and those among them that no run of its
   * algorithm has. Throws likewise.
   */
  parseArguments(raw: unknown): {
    readonly arguments: Readonly<Record<string, unknown>>;
    readonly ignored: readonly string[];
    readonly unknown: readonly string[];
  };
  /** What a run takes in place of the default criterion, where that does not fit the model and the project's action. */
  fittingCriterion?(model: unknown, action: unknown): string | undefined;
  /** The algorithms that a run may name. */
  readonly algorithms: readonly AlgorithmDescription[];
  /** What both take, for documents: with every argument of every algorithm here. */
  readonly schemas?: { readonly model: z.ZodType; readonly arguments: z.ZodObject };
}
