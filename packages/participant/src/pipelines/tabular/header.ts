import { InvalidDataset } from '../../errors.js';
import { columnName } from './schema.js';

const DELIMITERS: Readonly<Record<string, string>> = { ',': ',', ';': ';', '\t': '\\t', '|': '|' };

/** Requirements of a header. */
export interface HeaderCheck {
  /** Tag of the data folder and name of the file, for messages. */
  readonly folder: string;
  readonly file: string;
  readonly delimiter: string;
  /** Required columns. */
  readonly needed: readonly string[];
  /** Whether a column is read. */
  readonly isUsed: (column: string) => boolean;
}

/**
 * Returns the positions of the columns in a file's rows. Throws `InvalidDataset` if columns are missing or named twice. The
 * message names columns of the schema only: a file without a header has data in its first line.
 */
export function readHeader(
  cells: readonly string[],
  { folder, file, delimiter, needed, isUsed }: HeaderCheck,
): ReadonlyMap<string, number> {
  const names = cells.map(columnName);
  const twice = names.find((name, at) => isUsed(name) && names.indexOf(name) !== at);
  if (twice !== undefined)
    throw new InvalidDataset(
      folder,
      `${file}: line 1 has column '${twice}' twice; rename or remove one of them`,
    );
  const missing = needed.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    const list = missing.map((name) => `'${name}'`).join(', ');
    throw new InvalidDataset(
      folder,
      `${file} lacks column ${list} of schema.json${remedy(cells.join(delimiter), names, missing, delimiter)}`,
    );
  }
  return new Map(names.map((name, at) => [name, at]));
}

/** Suggests a setting that removes the likely cause. */
function remedy(
  line: string,
  names: readonly string[],
  missing: readonly string[],
  delimiter: string,
): string {
  const other = Object.keys(DELIMITERS).find((candidate) => {
    const split = line.split(candidate).map((cell) => columnName(cell.replaceAll('"', '')));
    return candidate !== delimiter && missing.every((name) => split.includes(name));
  });
  if (other !== undefined) return `; set "delimiter": "${DELIMITERS[other]}" in metadata.json`;
  const lower = new Set(names.map((name) => name.toLowerCase()));
  if (missing.every((name) => lower.has(name.toLowerCase())))
    return '; the file spells it in other letters, upper and lower case: write both alike';
  return '; the first line of the file must name the columns';
}
