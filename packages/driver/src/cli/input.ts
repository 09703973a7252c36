import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { DEEPEST_JSON, parseBoundedJson, type JsonBounds } from '@synergos/contract';
import { WrongUse } from './failures.js';
import type { Shell } from './shell.js';

/** Limits of a body at the TTP. */
const bounds: JsonBounds = { bytes: 10 * 1024 * 1024, depth: DEEPEST_JSON, values: 250_000 };

/** Reads JSON from an option: JSON itself, a file, or `-` for standard input. */
export type JsonInput = (source: string, option: string) => Promise<unknown>;

export function jsonInput({ stdin }: Shell): JsonInput {
  let readBy: string | undefined;
  return async (source, option) => {
    if (/^\s*[[{]/.test(source)) return parse(source, option, 'the given text');
    if (source !== '-') return parse(await fileText(source, option), option, source);
    if (readBy !== undefined)
      throw new WrongUse(
        `${option} and ${readBy} cannot both read standard input; give a file for one of them`,
      );
    readBy = option;
    return parse(await text(stdin), option, 'standard input');
  };
}

async function fileText(file: string, option: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new WrongUse(
      `${option}: ${file} cannot be read (${code}); give a file, '-' for standard input, or JSON itself`,
    );
  }
}

function parse(json: string, option: string, source: string): unknown {
  try {
    return parseBoundedJson(json, bounds);
  } catch (error) {
    throw new WrongUse(`${option}: ${source} is not valid JSON: ${(error as Error).message}`);
  }
}
