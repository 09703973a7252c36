import type { z } from 'zod';

/** A JSON schema (2020-12) of arguments by name, with defaults and descriptions. */
export type ArgumentsSchema = Readonly<Record<string, unknown>>;

/** Checks that the REST API makes before it stores a model or a run. */
export interface RunChecks {
  /** Fills in the defaults of an experiment's layers. Throws an error with `issues: {path, message}[]`. */
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
  /** The criterion to use if the default does not fit the model and the project's action. */
  fittingCriterion?(model: unknown, action: unknown): string | undefined;
  /** The available algorithms. */
  readonly algorithms: readonly AlgorithmDescription[];
  /** Schemas of both for documents, with the arguments of all available algorithms. */
  readonly schemas?: { readonly model: z.ZodType; readonly arguments: z.ZodObject };
}

/** An algorithm that a run may name, for clients. */
export interface AlgorithmDescription {
  readonly name: string;
  /** The package, or the plug-in as the operator named it. */
  readonly source: string;
  readonly summary: string;
  readonly paper: string | null;
  /** Its own arguments, as a JSON schema. */
  readonly arguments: ArgumentsSchema;
  /** The arguments common to all algorithms, with its defaults. */
  readonly common_arguments: ArgumentsSchema;
}
