import type { CommonSpace } from '@synergos/contract';
import type { Operations } from '../../datasets/dataset-folder.js';
import { rangeOf } from './describe.js';
import type { TableColumn } from './rows.js';
import type { Table } from './table.js';

/** What a column's cells become. */
export type FittedColumn =
  | {
      readonly type: 'numeric';
      /** Stands for an empty cell. */
      readonly filler: number;
      /** Scaled to 0..1 by this minimum and maximum; null: not scaled. */
      readonly range: readonly [number, number] | null;
    }
  | { readonly type: 'category'; readonly filler: string | null };
export type Preparation = ReadonlyMap<string, FittedColumn>;

/**
 * Imputation and scaling with figures taken from `table`: a model is used on data prepared as its training data was,
 * so this is the training data's table wherever there is one.
 */
export function fitPreparation(table: Table, space: CommonSpace, operations: Operations): Preparation {
  const ranges = new Map(space.columns.map(({ name, range }) => [name, range]));
  return new Map(
    [...table.columns].map(([name, column]) => [name, fitColumn(column, operations, ranges.get(name))]),
  );
}

function fitColumn(
  column: TableColumn,
  { imputation, scaling }: Operations,
  common: readonly [number, number] | undefined,
): FittedColumn {
  if (column.type === 'category') return { type: 'category', filler: mostFrequent(column.values) };
  const present = column.values.filter((value) => !Number.isNaN(value));
  // A column that is all empty becomes zeros, like one the participant does not have.
  const filler = present.length === 0 ? 0 : fillers[imputation.numeric](present);
  if (scaling === 'none') return { type: 'numeric', filler, range: null };
  const own = scaling === 'local' ? rangeOf(present) : common;
  return { type: 'numeric', filler, range: own ?? [filler, filler] };
}

/** A number as the model takes it; a constant column becomes 0. */
export function preparedNumber(
  value: number,
  { filler, range }: Extract<FittedColumn, { type: 'numeric' }>,
): number {
  const known = Number.isNaN(value) ? filler : value;
  if (range === null) return known;
  const [least, most] = range;
  const span = most - least;
  if (span === 0) return 0;
  // The difference of two huge numbers may exceed what a double holds: then by halves.
  return Number.isFinite(span) ? (known - least) / span : (known / 2 - least / 2) / (most / 2 - least / 2);
}

const fillers = {
  median: (values: readonly number[]) => {
    const sorted = values.toSorted((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  },
  mean: (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length,
  zero: () => 0,
};

/** Of equally frequent ones the first in code-unit order. */
function mostFrequent(values: readonly (string | null)[]): string | null {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  const ordered = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return ordered[0]?.[0] ?? null;
}
