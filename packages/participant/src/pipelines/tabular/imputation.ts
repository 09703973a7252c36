import type { Operations } from '../../datasets/dataset-folder.js';
import type { TableColumn } from './table.js';

/** The column with its empty cells filled; a column that is all empty is filled with 0 or left null. */
export function impute(column: TableColumn, { imputation }: Operations): TableColumn {
  if (column.type === 'category') {
    const filler = mostFrequent(column.values);
    return { type: 'category', values: column.values.map((value) => value ?? filler) };
  }
  const present = column.values.filter((value) => !Number.isNaN(value));
  const filler = present.length === 0 ? 0 : fillers[imputation.numeric](present);
  return { type: 'numeric', values: column.values.map((value) => (Number.isNaN(value) ? filler : value)) };
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
