import type { CommonSpace } from '@synergos/contract';
import type { Misfits } from '@synergos/rpc-core';
import { SpaceMismatch } from '../../errors.js';
import { MOST_NAMES, namesText } from '../../names-text.js';
import type { Table } from './table.js';

/**
 * What of a table the space has no place for, and what of the space the table lacks: names of columns and counts, never
 * values. Throws `SpaceMismatch` if a column is of another type, or if no column is known.
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
    throw new SpaceMismatch(missingText(missingColumns, unknownColumns));
  const unknownLabels = target.filter((label) => label !== null && !classes.has(label)).length;
  return {
    missingColumns,
    unknownColumns,
    newLevels,
    unknownLabels: space.classes.length === 0 ? 0 : unknownLabels,
  };
}

/** The misfits to report: without columns that the participant never had. Throws if others are missing. */
export function checkedMisfits(misfits: Misfits, lacks: readonly string[] | undefined): Misfits {
  const missingColumns = misfits.missingColumns.filter((name) => lacks?.includes(name) !== true);
  if (lacks !== undefined && missingColumns.length > 0)
    throw new SpaceMismatch(missingText(missingColumns, misfits.unknownColumns));
  return {
    missingColumns: missingColumns.slice(0, MOST_NAMES),
    unknownColumns: misfits.unknownColumns.slice(0, MOST_NAMES),
    newLevels: Object.fromEntries(Object.entries(misfits.newLevels).slice(0, MOST_NAMES)),
    unknownLabels: misfits.unknownLabels,
  };
}

export function isEmpty({ missingColumns, unknownColumns, newLevels, unknownLabels }: Misfits): boolean {
  return missingColumns.length + unknownColumns.length + Object.keys(newLevels).length + unknownLabels === 0;
}

function missingText(missing: readonly string[], unknown: readonly string[]): string {
  const others = unknown.length === 0 ? '' : `; the data has ${namesText(unknown)}, unknown to it`;
  return `the data lacks ${namesText(missing)} of the feature space${others}; restore the column, or align the project again and train`;
}
