import { posix } from 'node:path';
import type { DataFolder } from '../../datasets/data-folder.js';
import { InvalidDataset } from '../../errors.js';
import type { Labels, SampleSource } from '../pipeline.js';
import { readCsv } from './csv-file.js';
import { readHeader } from './header.js';
import { TableRows, type TableColumn, type TableReport } from './rows.js';
import { readSchema, TARGET, type TableSchema } from './schema.js';
import type { Operations, TabularSettings } from './settings.js';

export interface Table {
  readonly rows: number;
  /** Without the target. */
  readonly columns: ReadonlyMap<string, TableColumn>;
  /** Text of the target, one spelling per label; null if a row has none, which only `optional` labels allow. */
  readonly target: readonly (string | null)[];
  readonly labels: Labels;
  readonly sources: readonly SampleSource[];
  /** Those of the first folder: several folders are prepared as one table. */
  readonly operations: Operations;
  readonly report: TableReport;
}

/**
 * Reads all CSV files of the folders and their sub-folders into one table. The nearest schema.json, in the file's folder or
 * above it, defines the columns and their types. If labels are `required`, rows without one are left out.
 */
export async function readTable(
  folders: readonly DataFolder<TabularSettings>[],
  labels: Labels = 'required',
): Promise<Table> {
  const rows = new TableRows(labels);
  const sources: SampleSource[] = [];
  const [first] = folders;
  if (first === undefined) throw new InvalidDataset('(no folder)', 'there are no tags');
  for (const folder of folders) {
    const files = folder.files.filter((name) => name.toLowerCase().endsWith('.csv'));
    const schemas = new Map<string, TableSchema>();
    if (files.length === 0) throw new InvalidDataset(folder.name, 'holds no CSV file');
    for (const file of new Set(files.map((name) => nearestSchema(folder, name))))
      schemas.set(file, await readSchema(folder, file, labels));
    const into = rows.folder(folder.name, folder.settings);
    for (const file of files) {
      const before = rows.count;
      const schema = schemas.get(nearestSchema(folder, file))!;
      await readCsv(folder, file, (header) => {
        const positions = readHeader(header, {
          folder: folder.name,
          file,
          delimiter: folder.settings.delimiter,
          needed: [...schema.keys()].filter((name) => name !== TARGET || labels === 'required'),
          isUsed: (name) => schema.has(name) || name === TARGET,
        });
        return into.file(file, schema, positions);
      });
      sources.push({ name: `${folder.name}/${file}`, rows: rows.count - before });
    }
    into.finish();
  }
  const { count, columns, report } = rows;
  const { operations } = first.settings;
  return { rows: count, columns, target: rows.target, labels, sources, operations, report };
}

/** The schema.json in the file's folder or the nearest above it; that of the tag's folder if there is none. */
function nearestSchema({ files }: DataFolder, file: string): string {
  for (let folder = posix.dirname(file); folder !== '.'; folder = posix.dirname(folder))
    if (files.includes(`${folder}/schema.json`)) return `${folder}/schema.json`;
  return 'schema.json';
}
