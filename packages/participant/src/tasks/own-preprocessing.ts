import {
  PREPROCESSING_FILE,
  sharedPreprocessing,
  type CommonSpace,
  type Preprocessing,
} from '@synergos/contract';
import type { RunKey } from '@synergos/rpc-core';
import type { Fitted } from '../datasets/load.js';
import type { Preparation } from '../pipelines/tabular/preparation.js';
import { writeResults } from './results.js';

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
