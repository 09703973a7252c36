import type { Samples } from '@synergos/fed-algorithms';
import type { CommonSpace } from '@synergos/contract';
import { ParticipantError } from '../../errors.js';
import type { Action } from '../pipeline.js';
import { toTargets } from '../targets.js';
import { preparedNumber, type Preparation } from './preparation.js';
import type { Table } from './table.js';

/**
 * Maps a table to the common space: a numeric column to the feature of its name, a level of a category to the feature
 * `<column>_<level>`. Features that the participant lacks are zeros (spacers).
 */
export function toSamples(
  table: Table,
  space: CommonSpace,
  preparation: Preparation,
  action: Action,
): Samples {
  const width = space.features.length;
  const features = new Float32Array(table.rows * width);
  const position = new Map(space.features.map((name, index) => [name, index]));
  for (const [name, column] of table.columns) {
    const prepared = preparation.get(name);
    if (column.type === 'category' && prepared?.type === 'category')
      column.values.forEach((value, row) => {
        const level = value ?? prepared.filler;
        const at = level === null ? undefined : position.get(`${name}_${level}`);
        if (at !== undefined) features[row * width + at] = 1;
      });
    const at = position.get(name);
    if (column.type === 'numeric' && prepared?.type === 'numeric' && at !== undefined)
      column.values.forEach((value, row) => {
        const number = Math.fround(preparedNumber(value, prepared));
        if (!Number.isFinite(number))
          throw new ParticipantError(
            'invalid_dataset',
            `column '${name}': row ${row + 1} exceeds what float32 holds; set "scaling": "local" in the operations of metadata.json`,
          );
        features[row * width + at] = number;
      });
  }
  const targets = toTargets(table.target, { action, classes: space.classes, labels: table.labels });
  return { features, shape: [width], targets, count: table.rows };
}
