import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse';
import type { DatasetFolder, FolderPlace } from '../../datasets/dataset-folder.js';
import { InvalidDataset } from '../../errors.js';
import { TableRows, type TableColumn, type TableReport } from './rows.js';
import { readSchema, TARGET, type TableSchema } from './schema.js';

const MOST_CELL_BYTES = 1 << 20;

/** A file that rows were read from, in the order of the rows. */
export interface TableSource {
  /** Its folder's tag and its name. */
  readonly name: string;
  readonly rows: number;
}

export interface Table {
  readonly rows: number;
  /** Without the target. */
  readonly columns: ReadonlyMap<string, TableColumn>;
  /** The target's text, one spelling a label; null where there is none, which only with `optional` labels can be. */
  readonly target: readonly (string | null)[];
  readonly labels: 'required' | 'optional';
  readonly sources: readonly TableSource[];
  readonly report: TableReport;
}

/**
 * Reads all CSV files of the folders into one table. Each folder's schema.json names the columns and their types.
 * Where labels are `required`, rows without one are left out; where they are `optional`, all rows are kept.
 */
export async function readTable(
  folders: readonly DatasetFolder[],
  labels: 'required' | 'optional' = 'required',
): Promise<Table> {
  const rows = new TableRows(labels);
  const sources: TableSource[] = [];
  for (const folder of folders) {
    const schema = await readSchema(folder, labels);
    const files = folder.files.filter((name) => name.toLowerCase().endsWith('.csv'));
    if (files.length === 0) throw new InvalidDataset(folder.name, 'holds no CSV file');
    for (const file of files) {
      const before = rows.count;
      await readCsv(folder, file, schema, labels, rows);
      sources.push({ name: `${folder.name}/${file}`, rows: rows.count - before });
    }
  }
  const { count, columns, report } = rows;
  return { rows: count, columns, target: rows.target, labels, sources, report };
}

async function readCsv(
  place: FolderPlace,
  file: string,
  schema: TableSchema,
  labels: 'required' | 'optional',
  rows: TableRows,
): Promise<void> {
  const parser = createReadStream(join(place.folder, file)).pipe(
    parse({
      columns: (header: string[]) => {
        const needed = [...schema.keys()].filter((name) => name !== TARGET || labels === 'required');
        const missing = needed.filter((name) => !header.includes(name)).map((name) => `'${name}'`);
        if (missing.length > 0)
          throw new InvalidDataset(place.name, `${file} lacks column ${missing.join(', ')} of schema.json`);
        rows.noteUnknownColumns(header.filter((name) => !schema.has(name) && name !== TARGET));
        return header;
      },
      bom: true,
      trim: true,
      skip_empty_lines: true,
      max_record_size: MOST_CELL_BYTES,
    }),
  );
  try {
    for await (const row of parser as AsyncIterable<Record<string, string>>) rows.add(row, schema);
  } catch (error) {
    if (error instanceof InvalidDataset) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new InvalidDataset(place.name, `${file}: ${why}`, { cause: error });
  }
}
