import { sharedPreprocessing, type CommonSpace, type Preprocessing } from '@synergos/contract';
import type { Action } from '../pipeline.js';
import type { FittedColumn, Preparation } from './preparation.js';
import type { Operations } from './settings.js';

/** Fitted on a participant's training rows. */
export interface FittedTable {
  readonly columns: Preparation;
  /** Absent if the columns were restored from a file. */
  readonly operations?: Operations;
}

/** Converts fitted columns to the content of preprocessing.json, with this participant's ranges and fillers. */
export function toPreprocessing(
  { columns, operations }: FittedTable,
  space: CommonSpace,
  action: Action,
): Preprocessing {
  const own = operations && {
    operations: [{ scaling: operations.scaling, imputation: operations.imputation }],
  };
  const shared = sharedPreprocessing({ ...space, ...own }, action);
  return {
    ...shared,
    columns: shared.columns.map((column) => {
      const fitted = columns.get(column.name);
      if (fitted?.type !== column.type) return column;
      const range = fitted.type === 'numeric' && fitted.range !== null ? [...fitted.range] : null;
      return { ...column, range: range as [number, number] | null, filler: fitted.filler };
    }),
    notes: [
      'Ranges and fillers are of the training rows of this participant, or of all participants with federated scaling.',
      ...missingNote(shared, columns),
    ],
  };
}

/** Columns that the participant lacked have no filler: they are left out. */
export function fromPreprocessing({ columns }: Preprocessing): FittedTable {
  return {
    columns: new Map(
      columns.flatMap(({ name, type, range, filler }): [string, FittedColumn][] => {
        if (type === 'category')
          return [[name, { type, filler: typeof filler === 'string' ? filler : null }]];
        return typeof filler === 'number' ? [[name, { type, filler, range }]] : [];
      }),
    ),
  };
}

function missingNote({ columns }: Preprocessing, preparation: Preparation): string[] {
  const missing = columns.filter(({ name, type }) => preparation.get(name)?.type !== type);
  if (missing.length === 0) return [];
  return [`This participant has no column ${missing.map(({ name }) => `'${name}'`).join(', ')}: zeros.`];
}
