import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse';
import { z } from 'zod';
import { readJson, type DatasetFolder, type FolderPlace } from '../../datasets/dataset-folder.js';
import { InvalidDataset } from '../../errors.js';
import { cellType, parseLevel, parseNumber, typeNames, type CellType } from './cells.js';

export const TARGET = 'target';
const MOST_CELL_BYTES = 1 << 20;
const schemaSchema = z.record(z.string(), z.string());

/** A column as read; empty cells are NaN or null. */
export type TableColumn =
  | { readonly type: 'numeric'; readonly values: number[] }
  | { readonly type: 'category'; readonly values: (string | null)[] };

/** What was odd in the files, counted for the participant's eyes. */
export interface TableReport {
  empty: number;
  /** Cells that do not fit their column's type; they count as empty. */
  misfits: Record<string, number>;
  /** Columns of the CSV that schema.json does not name. */
  unknownColumns: string[];
  /** Rows left out because their target is empty. */
  withoutTarget: number;
}

export interface Table {
  readonly rows: number;
  /** Without the target. */
  readonly columns: ReadonlyMap<string, TableColumn>;
  /** The target's text, one spelling a label. */
  readonly target: readonly string[];
  readonly report: TableReport;
}

/** Reads all CSV files of the folders into one table. Each folder's schema.json names the columns and their types. */
export async function readTable(folders: readonly DatasetFolder[]): Promise<Table> {
  const columns = new Map<string, TableColumn>();
  const target: string[] = [];
  const report: TableReport = { empty: 0, misfits: {}, unknownColumns: [], withoutTarget: 0 };
  for (const folder of folders) {
    const types = await readSchema(folder);
    const files = folder.files.filter((name) => name.toLowerCase().endsWith('.csv'));
    if (files.length === 0) throw new InvalidDataset(folder.name, 'holds no CSV file');
    for (const file of files) await readCsv(folder, file, types);
  }
  return { rows: target.length, columns, target, report };

  async function readCsv(
    place: FolderPlace,
    file: string,
    types: ReadonlyMap<string, CellType>,
  ): Promise<void> {
    const parser = createReadStream(join(place.folder, file)).pipe(
      parse({
        columns: (header: string[]) => checkHeader(place.name, file, header, types),
        bom: true,
        trim: true,
        skip_empty_lines: true,
        max_record_size: MOST_CELL_BYTES,
      }),
    );
    try {
      for await (const row of parser as AsyncIterable<Record<string, string>>) addRow(row, types);
    } catch (error) {
      if (error instanceof InvalidDataset) throw error;
      throw new InvalidDataset(
        place.name,
        `${file}: ${error instanceof Error ? error.message : String(error)}`,
        {
          cause: error,
        },
      );
    }
  }

  function checkHeader(
    name: string,
    file: string,
    header: string[],
    types: ReadonlyMap<string, CellType>,
  ): string[] {
    const missing = [...types.keys()].filter((name) => !header.includes(name));
    if (missing.length > 0)
      throw new InvalidDataset(
        name,
        `${file} lacks column ${missing.map((name) => `'${name}'`).join(', ')} of schema.json`,
      );
    const unknown = header.filter((name) => !types.has(name) && !report.unknownColumns.includes(name));
    report.unknownColumns.push(...unknown);
    return header;
  }

  function addRow(row: Record<string, string>, types: ReadonlyMap<string, CellType>): void {
    const label = parseLevel(row[TARGET] ?? '');
    if (label === null) {
      report.withoutTarget++;
      return;
    }
    target.push(label);
    for (const [name, type] of types) {
      if (name === TARGET) continue;
      const column = columnFor(name, type);
      const text = row[name] ?? '';
      if (column.type === 'category') column.values.push(level(text));
      else column.values.push(number(name, text, type === 'category' ? 'number' : type));
    }
    // A column that this folder lacks and another one has.
    for (const column of columns.values())
      if (column.values.length < target.length)
        column.values.push((column.type === 'numeric' ? NaN : null) as never);
  }

  function columnFor(name: string, type: CellType): TableColumn {
    const known = columns.get(name);
    if (known !== undefined) return known;
    const before = target.length - 1;
    const made: TableColumn =
      type === 'category'
        ? { type: 'category', values: Array.from({ length: before }, () => null) }
        : { type: 'numeric', values: Array.from({ length: before }, () => NaN) };
    columns.set(name, made);
    return made;
  }

  function level(text: string): string | null {
    const value = parseLevel(text);
    if (value === null) report.empty++;
    return value;
  }

  function number(name: string, text: string, type: Exclude<CellType, 'category'>): number {
    const value = parseNumber(text, type);
    if (value === null) report.empty++;
    if (value === undefined) report.misfits[name] = (report.misfits[name] ?? 0) + 1;
    return value ?? NaN;
  }
}

async function readSchema(place: DatasetFolder): Promise<ReadonlyMap<string, CellType>> {
  const schema = schemaSchema.safeParse(await readJson(place, 'schema.json'));
  if (!schema.success) throw new InvalidDataset(place.name, `schema.json: ${z.prettifyError(schema.error)}`);
  const types = new Map<string, CellType>();
  for (const [column, name] of Object.entries(schema.data)) {
    const type = cellType(name);
    if (type === undefined)
      throw new InvalidDataset(
        place.name,
        `schema.json: column '${column}' has the unknown type '${name}'; known are ${typeNames}`,
      );
    types.set(column, type);
  }
  if (!types.has(TARGET))
    throw new InvalidDataset(place.name, `schema.json names no column '${TARGET}', the label`);
  return types;
}
