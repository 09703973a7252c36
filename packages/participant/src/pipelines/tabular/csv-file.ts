import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import type { DataFolder } from '../../datasets/data-folder.js';
import { InvalidDataset, ParticipantError, UnreadableFile } from '../../errors.js';
import type { TabularSettings } from './settings.js';
import { toUtf8, UndecodableText } from './text-bytes.js';
import { openReadStream } from '../../waiting-files.js';

const MOST_RECORD_BYTES = 1 << 20;

export type CsvRow = (cells: readonly string[], line: number) => void;

/**
 * Reads a CSV file of a data folder. `begin` receives the header and returns the callback for the rows and the line (from 1)
 * that each ends in. Faults are reported by file and line, never with the text there.
 */
export async function readCsv(
  { folder, name, settings }: DataFolder<TabularSettings>,
  file: string,
  begin: (header: readonly string[]) => CsvRow,
): Promise<void> {
  let row: CsvRow | undefined;
  let header: readonly string[] = [];
  const parser = parse({
    bom: true,
    delimiter: settings.delimiter,
    trim: true,
    skip_empty_lines: true,
    max_record_size: MOST_RECORD_BYTES,
    on_record: (cells: string[], { lines }) => {
      if (row === undefined) {
        header = cells;
        row = begin(header);
      } else if (isSame(cells, header)) {
        throw new InvalidDataset(name, `${file}: line ${lines} repeats the header; remove the line`);
      } else row(cells, lines);
      // The row is consumed here: the parser emits nothing.
      return null;
    },
  });
  try {
    await pipeline(await openReadStream(join(folder, file)), toUtf8(settings.encoding), parser.resume());
  } catch (error) {
    throw faultOf(error, { name, encoding: settings.encoding }, file, header.length);
  }
  if (row === undefined) throw new InvalidDataset(name, `${file} is empty; expected a header`);
}

function isSame(cells: readonly string[], header: readonly string[]): boolean {
  return cells[0] === header[0] && header.every((name, at) => cells[at] === name);
}

function faultOf(
  error: unknown,
  { name, encoding }: { readonly name: string; readonly encoding: string },
  file: string,
  width: number,
): Error {
  if (error instanceof ParticipantError) return error;
  if (error instanceof UndecodableText) {
    const { line, isNul } = error;
    const what = isNul
      ? 'holds NUL: if the file is UTF-16, set "encoding": "utf-16le"'
      : `holds bytes that are not ${encoding}, or U+FFFD in their place: set "encoding", for example "windows-1252"`;
    return new InvalidDataset(name, `${file}: line ${line} ${what} in metadata.json`);
  }
  if (error instanceof CsvError) return new InvalidDataset(name, `${file}: ${csvFault(error, width)}`);
  return new UnreadableFile(name, file, error);
}

/** The parser's own messages quote the cell. */
function csvFault(error: CsvError, width: number): string {
  const { lines, column, record } = error as CsvError & Readonly<Record<string, unknown>>;
  const code: string = error.code;
  const line = `line ${String(lines)}`;
  const cell = typeof column === 'number' ? `, cell ${column + 1}` : '';
  switch (code) {
    case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH':
      return `${line} has ${Array.isArray(record) ? record.length : 'another number of'} cells, the header ${width}; a cell that holds the delimiter needs quotes`;
    case 'INVALID_OPENING_QUOTE':
      return `${line}${cell} has a quote within a cell that does not begin with one; quote the cell and double the quotes in it`;
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE':
      return `${line}${cell} has text after a closing quote; double the quotes within the cell`;
    case 'CSV_QUOTE_NOT_CLOSED':
      return `a quote is not closed before the end of the file, in ${line}`;
    case 'CSV_MAX_RECORD_SIZE':
      return `${line} is part of a row of more than ${MOST_RECORD_BYTES} bytes: a quote may not be closed`;
    default:
      return `${line}${cell} is not valid CSV`;
  }
}
