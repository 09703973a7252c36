import type { CommonSpace } from '@synergos/contract';
import type { Misfits } from '@synergos/rpc-core';
import { SpaceMismatch } from '../../errors.js';
import { missingColumnsText } from '../../names-text.js';
import type { Table } from './table.js';

/**
 * Compares a table with a space: names of columns and counts, never values. Throws `SpaceMismatch` if a column has another
 * type, or if no column is in the space.
 */
export function misfitsOf({ columns, target }: Table, space: CommonSpace): Misfits {
  const known = new Map(space.columns.map((column) => [column.name, column]));
  const positions = new Set(space.features);
  const classes = new Set(space.classes);
  const newLevels: Record<string, number> = {};
  for (const [name, column] of columns) {
    const expected = known.get(name);
    if (expected === undefined) continue;
    if (expected.type !== column.type)
      throw new SpaceMismatch(
        `column '${name}' is ${expected.type} in the feature space and ${column.type} in the data; ` +
          'correct its type in schema.json, or align the project again and train',
      );
    if (column.type !== 'category') continue;
    const cells = column.values.filter((level) => level !== null && !positions.has(`${name}_${level}`));
    if (cells.length > 0) newLevels[name] = cells.length;
  }
  const unknownColumns = [...columns.keys()].filter((name) => !known.has(name)).sort();
  const missingColumns = space.columns.flatMap(({ name }) => (columns.has(name) ? [] : [name]));
  if (missingColumns.length === space.columns.length && missingColumns.length > 0)
    throw new SpaceMismatch(missingColumnsText(missingColumns, unknownColumns));
  const unknownLabels = target.filter((label) => label !== null && !classes.has(label)).length;
  return {
    missingColumns,
    unknownColumns,
    newLevels,
    unknownLabels: space.classes.length === 0 ? 0 : unknownLabels,
  };
}
