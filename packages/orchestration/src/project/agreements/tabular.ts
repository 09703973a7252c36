import type { Column, DataOperations } from '@synergos/contract';
import { AlignmentImpossible } from '../../errors.js';
import type { Agreement, DescribedData } from './agreement.js';
import { compare } from './compare.js';

/**
 * Agrees the sorted union of the columns with all their levels. A category column gives one feature per level,
 * `<column>_<level>`. Ranges are those of training rows only: a model must not depend on rows that it is evaluated on.
 */
export const tabular: Agreement = {
  datatype: 'tabular',
  agree(data) {
    const columns = new Map<string, { column: Column; participant: string }>();
    for (const { participant, kind, description } of data)
      for (const described of description.columns) {
        const column = kind === 'train' ? described : withoutRange(described);
        const known = columns.get(column.name);
        if (known === undefined) columns.set(column.name, { column, participant });
        else if (known.column.type === column.type)
          columns.set(column.name, { column: merge(known.column, column), participant: known.participant });
        else
          throw new AlignmentImpossible(
            `column '${column.name}' is ${known.column.type} at ${known.participant} and ${column.type} at ` +
              `${participant}; give it the same type in both schema.json files`,
          );
      }
    const sorted = [...columns.values()].map(({ column }) => column).sort((a, b) => compare(a.name, b.name));
    const features = sorted.flatMap(featuresOf).sort(compare);
    const twice = features.find((name, index) => name === features[index + 1]);
    if (twice !== undefined)
      throw new AlignmentImpossible(
        `two columns give a feature '${twice}', as a category's levels are named <column>_<level>; rename one of them`,
      );
    return { columns: sorted, features, ...operationsOf(data) };
  },
  features: ({ columns }) => columns.flatMap(featuresOf),
  inputs: ({ features }) => features.length,
};

function withoutRange({ name, type, levels }: Column): Column {
  return { name, type, ...(levels && { levels }) };
}

/** Operations of the training data; absent if a participant's worker is too old to report them. */
function operationsOf(data: readonly DescribedData[]): { operations?: DataOperations[] } {
  const training = data
    .filter(({ kind }) => kind === 'train')
    .toSorted((a, b) => compare(a.participant, b.participant));
  const found = new Map<string, DataOperations>();
  for (const { description } of training) {
    if (description.operations === undefined) return {};
    found.set(JSON.stringify(description.operations), description.operations);
  }
  return { operations: [...found.values()] };
}

function featuresOf({ name, type, levels = [] }: Column): string[] {
  return type === 'category' ? levels.map((level) => `${name}_${level}`) : [name];
}

function merge(a: Column, b: Column): Column {
  if (a.type === 'category')
    return { ...a, levels: [...new Set([...(a.levels ?? []), ...(b.levels ?? [])])].sort(compare) };
  if (a.range === undefined || b.range === undefined) {
    const range = a.range ?? b.range;
    return range === undefined ? a : { ...a, range };
  }
  return { ...a, range: [Math.min(a.range[0], b.range[0]), Math.max(a.range[1], b.range[1])] };
}
