import type { Samples } from '@synergos/fed-algorithms';
import type { CommonSpace } from '@synergos/contract';
import { ParticipantError } from '../../errors.js';
import { namesText } from '../../names-text.js';
import { preparedNumber, type Preparation } from './preparation.js';
import type { Table } from './table.js';

/**
 * The table in the common space: features in the space's order (a numeric column under its name, a category's level
 * under `<column>_<level>`), zeros where this participant has nothing (spacers), targets as class index or value.
 * Where labels are optional, a target that is missing or says nothing to the model is NaN.
 */
export function toSamples(
  table: Table,
  space: CommonSpace,
  preparation: Preparation,
  action: 'regress' | 'classify',
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
  const target = action === 'regress' ? numberTarget : classTarget(space.classes);
  const targets = Float32Array.from(table.target, (text) => (text === null ? NaN : target.value(text)));
  if (table.labels === 'required' && targets.some(Number.isNaN)) {
    // The message goes to the TTP: it has the row and the count, never a value.
    const count = targets.filter(Number.isNaN).length;
    const where = `the target of row ${targets.findIndex(Number.isNaN) + 1}`;
    const all = `${count} of ${table.rows} rows`;
    throw new ParticipantError(target.code, `${where} ${target.fault(targets)} (${all})`);
  }
  return { features, shape: [width], targets, count: table.rows };
}

interface Target {
  value(text: string): number;
  readonly code: string;
  fault(targets: Float32Array): string;
}

const numberTarget: Target = {
  value: (text) => (Number.isFinite(Math.fround(Number(text))) ? Number(text) : NaN),
  code: 'invalid_target',
  fault: () => "is not a number that float32 holds; 'regress' needs numbers",
};

function classTarget(classes: readonly string[]): Target {
  const index = new Map(classes.map((label, position) => [label, position]));
  return {
    value: (label) => index.get(label) ?? NaN,
    code: 'unknown_class',
    fault(targets) {
      const seen = new Set(targets);
      const absent = classes.filter((_, position) => !seen.has(position));
      const without = absent.length === 0 ? '' : `, and no row has ${namesText(absent)}`;
      return `is not among the aligned classes, ${namesText(classes)}${without}; correct the labels, or align the project again and train`;
    },
  };
}
