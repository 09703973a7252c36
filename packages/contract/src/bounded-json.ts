import { CodedError } from './failures/coded-error.js';

/** Bounds of a JSON text from outside, checked before it is parsed. */
export interface JsonBounds {
  readonly bytes: number;
  /** Levels of nested arrays and objects. */
  readonly depth: number;
  /** Elements of arrays and members of objects, in all. */
  readonly values: number;
}

/** A JSON text or value is larger than its reader accepts. */
export class OutOfBounds extends CodedError {
  constructor(message: string) {
    super('out_of_bounds', message);
  }
}

/** Nesting that no reader of this project needs; deeper values overflow the stack of what copies or prints them. */
export const DEEPEST_JSON = 32;

/** Bounds of files that this program wrote itself: a damaged or replaced one is refused before it is parsed. */
export const STORED_JSON: JsonBounds = { bytes: 64 * 2 ** 20, depth: DEEPEST_JSON, values: 5_000_000 };

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Throws `OutOfBounds`. Reads UTF-8 once from start to end and allocates nothing; the text need not be valid. */
export function checkJsonText(text: Uint8Array, { bytes, depth, values }: JsonBounds): void {
  if (text.length > bytes) throw new OutOfBounds(`${text.length} bytes; at most ${bytes} are read`);
  let level = 0;
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at];
    if (byte === QUOTE) at = endOfString(text, at);
    else if (byte === COMMA) count++;
    else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      count++;
      if (++level > depth) throw new OutOfBounds(`nested more than ${depth} levels deep`);
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) level--;
    if (count > values) throw new OutOfBounds(`more than ${values} values`);
  }
}

/** Parses JSON within its bounds. Throws `OutOfBounds` or a `SyntaxError`. */
export function parseBoundedJson(text: Uint8Array | string, bounds: JsonBounds): unknown {
  // Before it is encoded: a string has at least as many bytes as characters.
  if (typeof text === 'string' && text.length > bounds.bytes)
    throw new OutOfBounds(`${text.length} characters; at most ${bounds.bytes} bytes are read`);
  const bytes = typeof text === 'string' ? encoder.encode(text) : text;
  checkJsonText(bytes, bounds);
  return JSON.parse(typeof text === 'string' ? text : decoder.decode(bytes)) as unknown;
}

/** Throws `OutOfBounds` if a parsed value is nested too deep or holds too many values. */
export function checkJsonValue(value: unknown, { depth, values }: Omit<JsonBounds, 'bytes'>): void {
  let count = 0;
  let level = [value];
  for (let levels = 0; level.length > 0; levels++) {
    const inner: unknown[] = [];
    for (const one of level) {
      if (typeof one !== 'object' || one === null) continue;
      if (levels >= depth) throw new OutOfBounds(`nested more than ${depth} levels deep`);
      for (const each of Array.isArray(one) ? (one as unknown[]) : Object.values(one)) {
        if (++count > values) throw new OutOfBounds(`more than ${values} values`);
        inner.push(each);
      }
    }
    level = inner;
  }
}

/**
 * Strings that are direct members of the outermost object, by name, read without parsing the rest. Identifies a
 * message that is not valid JSON or exceeds its bounds. The first member of a name counts.
 */
export function outerStrings<Name extends string>(
  text: Uint8Array,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  let level = 0;
  let key: Name | undefined;
  let isKey = false;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at];
    if (byte === QUOTE) {
      const end = endOfString(text, at);
      if (level === 1 && end - at < LONGEST_OUTER_BYTES) {
        const string = stringAt(text, at, end);
        if (isKey) key = names.find((name) => name === string);
        else if (key !== undefined) found[key] ??= string;
      }
      if (!isKey) key = undefined;
      isKey = false;
      at = end;
    } else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      level++;
      key = undefined;
      isKey = level === 1 && byte === OPEN_OBJECT;
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) level--;
    else if (byte === COMMA && level === 1) isKey = true;
  }
  return found;
}

const LONGEST_OUTER_BYTES = 1000;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The position of the closing quote of the string that starts at `at`; the end of the text if it has none. */
function endOfString(text: Uint8Array, at: number): number {
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === BACKSLASH) end++;
    else if (text[end] === QUOTE) return end;
  }
  return text.length;
}

function stringAt(text: Uint8Array, start: number, end: number): string | undefined {
  try {
    return JSON.parse(decoder.decode(text.subarray(start, end + 1))) as string;
  } catch {
    return undefined;
  }
}
