import type { Column } from '@synergos/contract';
import type { Action, Pipeline } from '../pipeline.js';
import type { TableColumn } from './rows.js';
import type { Operations } from './settings.js';
import type { Table } from './table.js';

/** Describes a table by its columns, their levels and classes; with federated scaling also by ranges. */
export function describeTable(
  { rows, columns, target, operations }: Table,
  action: Action,
): ReturnType<Pipeline['describe']> {
  return {
    samples: rows,
    columns: [...columns].sort(byName).map(([name, column]) => describeColumn(name, column, operations)),
    classes: action === 'classify' ? [...new Set(target.filter((label) => label !== null))].sort() : [],
    operations: { scaling: operations.scaling, imputation: operations.imputation },
  };
}

function describeColumn(name: string, column: TableColumn, { scaling }: Operations): Column {
  if (column.type === 'category') {
    const levels = new Set(column.values.filter((value) => value !== null));
    return { name, type: 'category', levels: [...levels].sort() };
  }
  const range = scaling === 'federated' ? rangeOf(column.values) : undefined;
  return range === undefined ? { name, type: 'numeric' } : { name, type: 'numeric', range };
}

/** Smallest and largest value; undefined if all are missing. */
export function rangeOf(values: readonly number[]): [number, number] | undefined {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return least <= most ? [least, most] : undefined;
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
