import { createHash } from 'node:crypto';

/** MLflow accepts names of at most 250 characters. */
const LONGEST_PART = 100;

/**
 * Converts an id to a part of a metric's name, unique for each id: letters, digits, `_`, `.`, `-` and blanks stay; any
 * other character becomes `:` and its code point.
 */
export function namePart(id: string): string {
  const part = id.replaceAll(/[^\p{L}\p{N}_. -]/gu, (letter) => `:${letter.codePointAt(0)?.toString(16)}`);
  return shortened(part, LONGEST_PART);
}

/** Shortens a name that is too long to its beginning and a digest of the whole name. */
export function shortened(name: string, most: number): string {
  if (name.length <= most) return name;
  return `${head(name, most - 17)}:${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
}

/** Cuts the end of a value that is too long, and marks the cut. */
export function cut(value: string, most: number): string {
  return value.length <= most ? value : `${head(value, most - 1)}…`;
}

/** Never cuts within a character. */
function head(text: string, length: number): string {
  return text.slice(0, length).replace(/[\ud800-\udbff]$/, '');
}
