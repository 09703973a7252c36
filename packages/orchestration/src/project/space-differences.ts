import type { CommonSpace } from '@synergos/contract';

const MOST_NAMES = 5;

/** Describes the differences of two spaces that matter to a model; empty if a model of one works in the other. */
export function spaceDifferences(theirs: CommonSpace, ours: CommonSpace): string[] {
  const differences = [
    ...named('column', columnsOf(theirs), columnsOf(ours)),
    ...named('class', theirs.classes, ours.classes),
  ];
  if (differences.length > 0) return differences;
  return named('feature', theirs.features, ours.features);
}

function columnsOf({ columns }: CommonSpace): string[] {
  return columns.map(({ name, type }) => `${name}\0${type}`);
}

function named(what: string, theirs: readonly string[], ours: readonly string[]): string[] {
  const [before, now] = [new Set(theirs), new Set(ours)];
  const gone = theirs.filter((name) => !now.has(name));
  const added = ours.filter((name) => !before.has(name));
  return [
    ...(gone.length === 0 ? [] : [`${what} ${listed(gone)} only in the model's space`]),
    ...(added.length === 0 ? [] : [`${what} ${listed(added)} only in the project's`]),
  ];
}

function listed(names: readonly string[]): string {
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return names.slice(0, MOST_NAMES).map(quoted).join(', ') + more;
}

/** A column with its type. */
function quoted(name: string): string {
  const [text = '', type] = name.split('\0');
  return `'${text.slice(0, 100)}'${type === undefined ? '' : ` (${type})`}`;
}
