import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { DEEPEST_JSON, OutOfBounds, parseBoundedJson, type JsonBounds } from '@synergos/contract';
import { parse, type ParseError } from 'jsonc-parser';
import { InvalidDataset, UnreadableFile } from '../errors.js';
import { readFile } from '../waiting-files.js';

const MOST_BYTES = 10 * 1024 * 1024;
const bounds: JsonBounds = { bytes: MOST_BYTES, depth: DEEPEST_JSON, values: 250_000 };

/** Path and tag of a data folder. */
export interface FolderPlace {
  readonly folder: string;
  /** Tag of the folder, for messages: its path must not leave the machine. */
  readonly name: string;
}

/** Reads a JSON file of a data folder. An error gives line and column, not the text. */
export async function readJson({ folder, name }: FolderPlace, file: string): Promise<unknown> {
  const text = await readBounded({ folder, name }, file);
  try {
    return parseBoundedJson(text, bounds);
  } catch (error) {
    if (error instanceof OutOfBounds)
      throw new InvalidDataset(name, `${file} is too large: ${error.message}`);
    throw new InvalidDataset(name, `${file} is not valid JSON${placeOfFault(text)}`);
  }
}

async function readBounded({ folder, name }: FolderPlace, file: string): Promise<string> {
  const path = join(folder, file);
  try {
    // A symbolic link could leave the data directory.
    const entry = await lstat(path);
    if (!entry.isFile()) throw new InvalidDataset(name, `${file} is not a plain file`);
    if (entry.size > MOST_BYTES)
      throw new InvalidDataset(name, `${file} has ${entry.size} bytes; at most ${MOST_BYTES} are read`);
    return (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    if (error instanceof InvalidDataset) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new InvalidDataset(name, `${file} is missing`);
    throw new UnreadableFile(name, file, error);
  }
}

function placeOfFault(text: string): string {
  const errors: ParseError[] = [];
  parse(text, errors, { disallowComments: true });
  const offset = errors[0]?.offset;
  if (offset === undefined) return '';
  const lines = text.slice(0, offset).split('\n');
  return `: line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}
