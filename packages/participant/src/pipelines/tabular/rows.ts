import { InvalidDataset } from '../../errors.js';
import { cellParsers, type CellType } from './cells.js';
import type { CsvRow } from './csv-file.js';
import { ColumnTally } from './column-tally.js';
import { TARGET, type TableSchema } from './schema.js';
import type { TabularSettings } from './settings.js';

/** A column as read. Empty cells are NaN or null. */
export type TableColumn =
  | { readonly type: 'numeric'; readonly values: number[] }
  | { readonly type: 'category'; readonly values: (string | null)[] };

/** Counts of oddities in the files. They are logged on the participant's machine only. */
export interface TableReport {
  /** Missing cells by column. */
  missing: Record<string, number>;
  /** Cells that do not fit their column's type, by column; they count as missing. */
  misfits: Record<string, number>;
  /** Columns of the CSV file that schema.json does not name. */
  unknownColumns: string[];
  /** Rows left out because their target is missing. */
  withoutTarget: number;
  /** Columns with levels that differ in upper and lower case only. */
  spellings: string[];
}

/** Reads a row's cell into its column. */
type Reader = (cells: readonly string[], line: number) => void;

/** Collects the rows of several files by column. A column that a file lacks is empty in its rows. */
export class TableRows {
  readonly columns = new Map<string, TableColumn>();
  readonly target: (string | null)[] = [];
  readonly #labels: 'required' | 'optional';
  readonly #unknown = new Set<string>();
  readonly #report = { missing: {}, misfits: {}, withoutTarget: 0 } as Pick<
    TableReport,
    'missing' | 'misfits' | 'withoutTarget'
  >;

  constructor(labels: 'required' | 'optional') {
    this.#labels = labels;
  }

  get count(): number {
    return this.target.length;
  }

  get report(): TableReport {
    return { ...this.#report, unknownColumns: [...this.#unknown], spellings: this.#spellings() };
  }

  /** Starts the rows of one data folder. */
  folder(name: string, settings: TabularSettings): FolderRows {
    const tallies = new Map<string, ColumnTally>();
    return {
      file: (file, schema, positions) => {
        for (const [column, { kind }] of schema) this.#checkKind(name, file, column, kind === 'category');
        return this.#file(file, schema, positions, settings, tallies);
      },
      finish: () => {
        const { missing, misfits } = this.#report;
        for (const [column, tally] of tallies) {
          tally.check(name, column, settings);
          if (tally.missing > 0 && column !== TARGET)
            missing[column] = (missing[column] ?? 0) + tally.missing;
          if (tally.misfits > 0) misfits[column] = (misfits[column] ?? 0) + tally.misfits;
        }
      },
    };
  }

  #file(
    file: string,
    schema: TableSchema,
    positions: ReadonlyMap<string, number>,
    settings: TabularSettings,
    tallies: Map<string, ColumnTally>,
  ): CsvRow {
    for (const name of positions.keys()) if (!schema.has(name) && name !== TARGET) this.#unknown.add(name);
    const parsers = cellParsers(settings);
    const tallyOf = (name: string, type: CellType) => {
      const known = tallies.get(name) ?? new ColumnTally(type);
      tallies.set(name, known);
      return known;
    };
    const readers = [...schema].flatMap(([name, type]): Reader[] => {
      const at = positions.get(name);
      if (name === TARGET || at === undefined) return [];
      const [column, tally] = [this.#column(name, type), tallyOf(name, type)];
      if (column.type === 'numeric' && type.kind !== 'category') {
        const parse = parsers.number(type, name);
        return [
          (cells, line) => {
            const value = parse(cells[at]!);
            tally.count(value, cells[at]!, file, line);
            column.values.push(value ?? NaN);
          },
        ];
      }
      const parse = parsers.level(name);
      return [
        (cells, line) => {
          const value = parse(cells[at]!);
          tally.count(value, cells[at]!, file, line);
          (column.values as (string | null)[]).push(value);
        },
      ];
    });
    const targetAt = positions.get(TARGET);
    const targetType = schema.get(TARGET) ?? { kind: 'category', name: 'category' };
    const parseLabel = parsers.label(targetType, TARGET);
    const targetTally = tallyOf(TARGET, targetType);
    return (cells, line) => {
      const text = targetAt === undefined ? '' : cells[targetAt]!;
      const label = parseLabel(text);
      targetTally.count(label, text, file, line);
      if (this.#labels === 'required' && (label === null || label === undefined)) {
        this.#report.withoutTarget++;
        return;
      }
      this.target.push(label ?? null);
      for (const read of readers) read(cells, line);
      // Fill the columns that this file lacks.
      for (const { type, values } of this.columns.values())
        if (values.length < this.count) values.push((type === 'numeric' ? NaN : null) as never);
    };
  }

  /** Files of one table agree on which columns are categories. */
  #checkKind(folder: string, file: string, column: string, isCategory: boolean): void {
    const known = this.columns.get(column);
    if (known !== undefined && (known.type === 'category') !== isCategory)
      throw new InvalidDataset(
        folder,
        `${file}: column '${column}' is a category by one schema.json and a number by another; give it the same type in both`,
      );
  }

  #column(name: string, type: CellType): TableColumn {
    const known = this.columns.get(name);
    if (known !== undefined) return known;
    const made: TableColumn =
      type.kind === 'category'
        ? { type: 'category', values: Array.from({ length: this.count }, () => null) }
        : { type: 'numeric', values: Array.from({ length: this.count }, () => NaN) };
    this.columns.set(name, made);
    return made;
  }

  #spellings(): string[] {
    const all: (readonly [string, readonly (string | null)[]])[] = [[TARGET, this.target]];
    for (const [name, { type, values }] of this.columns) if (type === 'category') all.push([name, values]);
    return all.flatMap(([name, values]) => {
      const levels = new Set(values);
      return new Set([...levels].map((level) => level?.toLowerCase())).size < levels.size ? [name] : [];
    });
  }
}

/** Collects the rows of one data folder. */
export interface FolderRows {
  /** Returns the callback for the rows of a file; `positions` are those of the columns in a row. */
  file(file: string, schema: TableSchema, positions: ReadonlyMap<string, number>): CsvRow;
  /** Adds the counts to the report. Throws if a column has more misfits than metadata.json allows. */
  finish(): void;
}
