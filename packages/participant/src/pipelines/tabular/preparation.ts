import type { CommonSpace } from '@synergos/rpc-core';
import type { Operations } from '../../datasets/dataset-folder.js';
import { rangeOf } from './describe.js';
import type { TableColumn } from './rows.js';
import type { Table } from './table.js';

/** What one column's cells become. */
export type ColumnPreparation =
  | { readonly type: 'numeric'; readonly prepare: (value: number) => number }
  | { readonly type: 'category'; readonly prepare: (level: string | null) => string | null };
export type Preparation = ReadonlyMap<string, ColumnPreparation>;

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
): ColumnPreparation {
  if (column.type === 'category') {
    const filler = mostFrequent(column.values);
    return { type: 'category', prepare: (level) => level ?? filler };
  }
  const present = column.values.filter((value) => !Number.isNaN(value));
  // A column that is all empty becomes zeros, like one the participant does not have.
  const filler = present.length === 0 ? 0 : fillers[imputation.numeric](present);
  const scale = scalerFor(scaling, common, rangeOf(present) ?? [filler, filler]);
  return { type: 'numeric', prepare: (value) => scale(Number.isNaN(value) ? filler : value) };
}

/** Min-max to 0..1; a constant column becomes 0. */
function scalerFor(
  scaling: Operations['scaling'],
  common: readonly [number, number] | undefined,
  own: readonly [number, number],
): (value: number) => number {
  if (scaling === 'none') return (value) => value;
  const [least, most] = (scaling === 'federated' ? common : undefined) ?? own;
  return most > least ? (value) => (value - least) / (most - least) : () => 0;
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
