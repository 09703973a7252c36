import { isUtf8 } from 'node:buffer';
import { Transform } from 'node:stream';

/** Bytes are no text in the encoding. `line` (from 1) holds them. */
export class UndecodableText extends Error {
  readonly line: number;
  readonly isNul: boolean;

  constructor(line: number, isNul: boolean) {
    super('undecodable text');
    this.line = line;
    this.isNul = isNul;
  }
}

const REPLACEMENT = Buffer.from('\ufffd');
const NEWLINE = 0x0a;

/**
 * Creates a stream that converts a file to UTF-8. Bytes that are invalid in the encoding, NUL and U+FFFD (which an earlier
 * program wrote for invalid bytes) fail with `UndecodableText`. A byte order mark of UTF-16 takes precedence.
 */
export function toUtf8(encoding: string): Transform {
  let decode: ((bytes: Buffer, isLast: boolean) => Buffer) | undefined;
  let line = 1;
  const check = (text: Buffer): Buffer => {
    const bad = faultIn(text);
    if (bad !== undefined) throw new UndecodableText(line + bad.line, bad.isNul);
    line += newlines(text);
    return text;
  };
  const push = (bytes: Buffer, isLast: boolean) => {
    decode ??= decoderFor(encodingByMark(bytes) ?? encoding);
    return check(decode(bytes, isLast));
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        done(null, push(chunk, false));
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done) {
      try {
        done(null, push(Buffer.alloc(0), true));
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

function encodingByMark(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
}

function decoderFor(encoding: string): (bytes: Buffer, isLast: boolean) => Buffer {
  const decoder = new TextDecoder(encoding);
  if (decoder.encoding !== 'utf-8')
    return (bytes, isLast) => Buffer.from(decoder.decode(bytes, { stream: !isLast }));
  // UTF-8 is passed through; the check needs whole characters.
  let rest: Buffer = Buffer.alloc(0);
  return (bytes, isLast) => {
    const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    const end = isLast ? all.length : all.length - unfinished(all);
    rest = all.subarray(end);
    return all.subarray(0, end);
  };
}

/** Number of bytes at the end that begin an incomplete character. */
function unfinished(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
}

/** First line (from 0) with invalid bytes. */
function faultIn(text: Buffer): { line: number; isNul: boolean } | undefined {
  if (isUtf8(text) && !text.includes(0) && !text.includes(REPLACEMENT)) return undefined;
  for (let line = 0, start = 0; start <= text.length; line++) {
    const end = text.indexOf(NEWLINE, start);
    const one = text.subarray(start, end < 0 ? text.length : end);
    const isNul = one.includes(0);
    if (isNul || !isUtf8(one) || one.includes(REPLACEMENT)) return { line, isNul };
    if (end < 0) break;
    start = end + 1;
  }
  return { line: 0, isNul: false };
}

function newlines(text: Buffer): number {
  let count = 0;
  for (let at = text.indexOf(NEWLINE); at >= 0; at = text.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
