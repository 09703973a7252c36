import type { Column, CommonSpace, DataOperations } from '@synergos/contract';
import type { DatasetDescription, DescribeReply } from '@synergos/rpc-core';
import { AlignmentImpossible } from '../errors.js';

/**
 * The sorted union of what the participants have: source columns with all their levels, one-hot feature names and classes.
 * A category column gives one feature a level, `<column>_<level>`. Ranges are those of the training rows alone: a model
 * must not depend on rows that it is judged by.
 */
export function commonSpace(descriptions: Readonly<Record<string, DescribeReply>>): CommonSpace {
  const all = Object.entries(descriptions).flatMap(([participant, { train, evaluate, predict }]) =>
    [train, ...[evaluate, predict].flatMap((one) => (one === null ? [] : withoutRanges(one)))].map(
      (description) => ({ participant, description }),
    ),
  );
  const first = all[0];
  if (first === undefined) throw new AlignmentImpossible('no participant described any data');
  const { datatype } = first.description;
  const columns = new Map<string, { column: Column; participant: string }>();
  const classes = new Set<string>();
  for (const { participant, description } of all) {
    if (description.datatype !== datatype)
      throw new AlignmentImpossible(
        `${first.participant} has ${datatype} data and ${participant} has ${description.datatype} data; ` +
          'participants of one project need the same datatype in metadata.json',
      );
    for (const label of description.classes) classes.add(label);
    for (const column of description.columns) {
      const known = columns.get(column.name);
      if (known === undefined) {
        columns.set(column.name, { column, participant });
      } else if (known.column.type !== column.type) {
        throw new AlignmentImpossible(
          `column '${column.name}' is ${known.column.type} at ${known.participant} and ${column.type} at ` +
            `${participant}; give it the same type in both schema.json files`,
        );
      } else {
        columns.set(column.name, { column: merge(known.column, column), participant: known.participant });
      }
    }
  }
  const sorted = [...columns.values()].map(({ column }) => column).sort((a, b) => compare(a.name, b.name));
  const features = sorted.flatMap(featuresOf).sort(compare);
  const twice = features.find((name, index) => name === features[index + 1]);
  if (twice !== undefined)
    throw new AlignmentImpossible(
      `two columns give a feature '${twice}', as a category's levels are named <column>_<level>; rename one of them`,
    );
  return {
    datatype,
    columns: sorted,
    features,
    classes: [...classes].sort(compare),
    ...operationsOf(descriptions),
  };
}

function withoutRanges(description: DatasetDescription): DatasetDescription {
  const columns = description.columns.map(({ name, type, levels }): Column => ({
    name,
    type,
    ...(levels && { levels }),
  }));
  return { ...description, columns };
}

/** Of the training data; absent if a participant's worker is too old to report them. */
function operationsOf(descriptions: Readonly<Record<string, DescribeReply>>): {
  operations?: DataOperations[];
} {
  const found = new Map<string, DataOperations>();
  for (const [, { train }] of Object.entries(descriptions).sort(([a], [b]) => compare(a, b))) {
    if (train.operations === undefined) return {};
    found.set(JSON.stringify(train.operations), train.operations);
  }
  return { operations: [...found.values()] };
}

/** Positions in the common space that this data set lacks and its owner fills with zeros. */
export function spacersOf(
  space: CommonSpace,
  description: DatasetDescription | null,
): { X: number[]; y: number[] } {
  if (description === null) return { X: [], y: [] };
  const own = new Set(description.columns.flatMap(featuresOf));
  const classes = new Set(description.classes);
  const missing = (names: readonly string[], has: ReadonlySet<string>) =>
    names.flatMap((name, index) => (has.has(name) ? [] : [index]));
  return { X: missing(space.features, own), y: missing(space.classes, classes) };
}

function featuresOf(column: Column): string[] {
  return column.type === 'category'
    ? (column.levels ?? []).map((level) => `${column.name}_${level}`)
    : [column.name];
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

/** By code units, as the participants sort: never by locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
