import type { CommonSpace } from '@synergos/contract';
import { rangeOf } from './describe.js';
import type { TableColumn } from './rows.js';
import type { Operations } from './settings.js';
import type { Table } from './table.js';

/** How the cells of a column are prepared. */
export type FittedColumn =
  | {
      readonly type: 'numeric';
      /** Replaces an empty cell. */
      readonly filler: number;
      /** Minimum and maximum that the column is scaled by to 0..1; null: not scaled. */
      readonly range: readonly [number, number] | null;
    }
  | { readonly type: 'category'; readonly filler: string | null };
export type Preparation = ReadonlyMap<string, FittedColumn>;

/** Fits imputation and scaling on `table`, which holds the training rows. */
export function fitPreparation(table: Table, space: CommonSpace): Preparation {
  return completePreparation(new Map(), table, space);
}

/** The columns of `table` as `fitted` prepares them. A column that it lacks, or has as another type, is fitted on `table`. */
export function completePreparation(fitted: Preparation, table: Table, space: CommonSpace): Preparation {
  const ranges = new Map(space.columns.map(({ name, range }) => [name, range]));
  return new Map(
    [...table.columns].map(([name, column]) => {
      const known = fitted.get(name);
      return [
        name,
        known?.type === column.type ? known : fitColumn(column, table.operations, ranges.get(name)),
      ];
    }),
  );
}

function fitColumn(
  column: TableColumn,
  { imputation, scaling }: Operations,
  common: readonly [number, number] | undefined,
): FittedColumn {
  if (column.type === 'category') return { type: 'category', filler: mostFrequent(column.values) };
  const present = column.values.filter((value) => !Number.isNaN(value));
  // An empty column becomes zeros, as a missing column does.
  const filler = present.length === 0 ? 0 : fillers[imputation.numeric](present);
  if (scaling === 'none') return { type: 'numeric', filler, range: null };
  const own = scaling === 'local' ? rangeOf(present) : common;
  return { type: 'numeric', filler, range: own ?? [filler, filler] };
}

/** Imputes and scales a number; a constant column becomes 0. */
export function preparedNumber(
  value: number,
  { filler, range }: Extract<FittedColumn, { type: 'numeric' }>,
): number {
  const known = Number.isNaN(value) ? filler : value;
  if (range === null) return known;
  const [least, most] = range;
  const span = most - least;
  if (span === 0) return 0;
  // The difference of two huge numbers may overflow a double: scale by halves.
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

/** The most frequent level; among equally frequent ones the first in code-unit order. */
function mostFrequent(values: readonly (string | null)[]): string | null {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  const ordered = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return ordered[0]?.[0] ?? null;
}
