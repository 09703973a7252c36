import { createHash } from 'node:crypto';

/** MLflow takes names of at most 250 characters. */
const LONGEST_PART = 100;

/**
 * An id as a part of a metric's name, another for every id: letters, digits, `_`, `.`, `-` and blanks stay, all else is
 * `:` and its code point.
 */
export function namePart(id: string): string {
  const part = id.replaceAll(/[^\p{L}\p{N}_. -]/gu, (letter) => `:${letter.codePointAt(0)?.toString(16)}`);
  return shortened(part, LONGEST_PART);
}

/** A name that is too long keeps its beginning, and ends in a digest of all of it. */
export function shortened(name: string, most: number): string {
  if (name.length <= most) return name;
  return `${head(name, most - 17)}:${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
}

/** A value that is too long loses its end, and shows that it did. */
export function cut(value: string, most: number): string {
  return value.length <= most ? value : `${head(value, most - 1)}…`;
}

/** Never half of a character. */
function head(text: string, length: number): string {
  return text.slice(0, length).replace(/[\ud800-\udbff]$/, '');
}
