import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  PREPROCESSING_FILE,
  preprocessingSchema,
  sharedPreprocessing,
  type CommonSpace,
  type Preprocessing,
} from '@synergos/contract';
import type { RunKey } from '@synergos/rpc-core';
import type { Fitted } from '../datasets/load.js';
import type { FittedColumn, Preparation } from '../pipelines/tabular/preparation.js';
import { runFolder, writeResults } from './results.js';

/**
 * Writes how a run's rows are prepared at this participant, with its own ranges and fillers, into its outputs folder:
 * these values do not leave the machine.
 */
export class OwnPreprocessing {
  readonly #outputsDirectory: string;
  readonly #participant: string;
  readonly #written = new WeakMap<Preparation, Set<string>>();

  constructor(outputsDirectory: string, participant: string) {
    this.#outputsDirectory = outputsDirectory;
    this.#participant = participant;
  }

  /** What the run's model was trained with here; undefined if it is not stored, or for another space. */
  async read(
    key: RunKey,
    space: CommonSpace,
    action: Preprocessing['action'],
  ): Promise<{ readonly id: string; readonly preparation: Preparation } | undefined> {
    const file = join(runFolder(this.#outputsDirectory, key), PREPROCESSING_FILE);
    const id = await readFile(file, 'utf8').catch(() => undefined);
    if (id === undefined) return undefined;
    const stored = preprocessingSchema.safeParse(parsed(id)).data;
    const isOfSpace =
      stored?.action === action &&
      stored.participant === this.#participant &&
      isSame(stored.features, space.features) &&
      isSame(stored.classes, space.classes);
    return isOfSpace ? { id, preparation: preparationOf(stored) } : undefined;
  }

  /** Once for each run and fit. */
  async write(
    key: RunKey,
    { preparation, operations }: Fitted,
    space: CommonSpace,
    action: Preprocessing['action'],
  ): Promise<void> {
    const run = JSON.stringify([key.collab, key.project, key.expt, key.run]);
    const runs = this.#written.get(preparation) ?? new Set();
    if (runs.has(run)) return;
    const own = ownPreprocessing(this.#participant, { preparation, operations }, space, action);
    await writeResults(this.#outputsDirectory, key, undefined, {
      [PREPROCESSING_FILE]: `${JSON.stringify(own, null, 2)}\n`,
    });
    this.#written.set(preparation, runs.add(run));
  }
}

function ownPreprocessing(
  participant: string,
  { preparation, operations: { scaling, imputation } }: Fitted,
  space: CommonSpace,
  action: Preprocessing['action'],
): Preprocessing {
  const shared = sharedPreprocessing({ ...space, operations: [{ scaling, imputation }] }, action);
  return {
    ...shared,
    participant,
    columns: shared.columns.map((column) => {
      const fitted = preparation.get(column.name);
      if (fitted?.type !== column.type) return column;
      const range = fitted.type === 'numeric' && fitted.range !== null ? [...fitted.range] : null;
      return { ...column, range: range as [number, number] | null, filler: fitted.filler };
    }),
    notes: [
      'Ranges and fillers are of the training rows of this participant, or of all participants with federated scaling.',
      ...missingNote(shared, preparation),
    ],
  };
}

function missingNote({ columns }: Preprocessing, preparation: Preparation): string[] {
  const missing = columns.filter(({ name, type }) => preparation.get(name)?.type !== type);
  if (missing.length === 0) return [];
  return [`This participant has no column ${missing.map(({ name }) => `'${name}'`).join(', ')}: zeros.`];
}

/** Columns that the participant had: the others have no filler. */
function preparationOf({ columns }: Preprocessing): Preparation {
  return new Map(
    columns.flatMap(({ name, type, range, filler }): [string, FittedColumn][] => {
      if (type === 'category') return [[name, { type, filler: typeof filler === 'string' ? filler : null }]];
      return typeof filler === 'number' ? [[name, { type, filler, range }]] : [];
    }),
  );
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one, at) => one === others[at]);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
