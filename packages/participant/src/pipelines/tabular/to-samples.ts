import type { CommonSpace } from '@synergos/rpc-core';
import type { Operations } from '../../datasets/dataset-folder.js';
import { ParticipantError } from '../../errors.js';
import type { Samples } from '../../training/index.js';
import { rangeOf } from './describe.js';
import { impute } from './imputation.js';
import type { Table } from './table.js';

/**
 * The table in the common space: features in the space's order (a numeric column under its name, a category's level
 * under `<column>_<level>`), zeros where this participant has nothing (spacers), targets as class index or value.
 */
export function toSamples(
  table: Table,
  space: CommonSpace,
  operations: Operations,
  action: 'regress' | 'classify',
): Samples {
  const width = space.features.length;
  const features = new Float32Array(table.rows * width);
  const position = new Map(space.features.map((name, index) => [name, index]));
  const ranges = new Map(space.columns.map(({ name, range }) => [name, range]));
  for (const [name, raw] of table.columns) {
    const column = impute(raw, operations);
    if (column.type === 'category') {
      column.values.forEach((level, row) => {
        const at = level === null ? undefined : position.get(`${name}_${level}`);
        if (at !== undefined) features[row * width + at] = 1;
      });
      continue;
    }
    const at = position.get(name);
    if (at === undefined) continue;
    const scale = scalerFor(column.values, operations.scaling, ranges.get(name));
    column.values.forEach((value, row) => (features[row * width + at] = scale(value)));
  }
  return { features, shape: [width], targets: targetsOf(table, space, action), count: table.rows };
}

/** Min-max to 0..1; a constant column becomes 0. */
function scalerFor(
  values: readonly number[],
  scaling: Operations['scaling'],
  common: readonly [number, number] | undefined,
): (value: number) => number {
  if (scaling === 'none') return (value) => value;
  const [least, most] = (scaling === 'federated' ? common : undefined) ?? rangeOf(values) ?? [0, 0];
  return most > least ? (value) => (value - least) / (most - least) : () => 0;
}

function targetsOf(
  { target }: Table,
  { classes }: CommonSpace,
  action: 'regress' | 'classify',
): Float32Array {
  // The messages go to the TTP: they tell the row, never its value.
  if (action === 'regress')
    return Float32Array.from(target, (text, row) => {
      const value = Number(text);
      if (!Number.isFinite(value))
        throw new ParticipantError(
          'invalid_target',
          `the target of row ${row + 1} is not a number; 'regress' needs numbers`,
        );
      return value;
    });
  const index = new Map(classes.map((label, position) => [label, position]));
  return Float32Array.from(target, (label, row) => {
    const at = index.get(label);
    if (at === undefined)
      throw new ParticipantError(
        'unknown_class',
        `the class of row ${row + 1} is not among the aligned ones, ${classes.join(', ')}; align the project again`,
      );
    return at;
  });
}
