import { parseLabel, parseLevel, parseNumber, type CellType } from './cells.js';
import { TARGET, type TableSchema } from './schema.js';

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

/** Rows of several files, gathered by column. A column that a file lacks is empty in its rows. */
export class TableRows {
  readonly columns = new Map<string, TableColumn>();
  readonly target: (string | null)[] = [];
  readonly report: TableReport = { empty: 0, misfits: {}, unknownColumns: [], withoutTarget: 0 };
  readonly #labels: 'required' | 'optional';

  constructor(labels: 'required' | 'optional') {
    this.#labels = labels;
  }

  get count(): number {
    return this.target.length;
  }

  noteUnknownColumns(names: readonly string[]): void {
    const { unknownColumns } = this.report;
    unknownColumns.push(...names.filter((name) => !unknownColumns.includes(name)));
  }

  add(row: Readonly<Record<string, string>>, schema: TableSchema): void {
    const label = parseLabel(row[TARGET] ?? '', schema.get(TARGET));
    if (label === null && this.#labels === 'required') {
      this.report.withoutTarget++;
      return;
    }
    this.target.push(label);
    for (const [name, type] of schema) {
      if (name === TARGET) continue;
      const column = this.#column(name, type);
      const text = row[name] ?? '';
      if (column.type === 'category') column.values.push(this.#level(text));
      else column.values.push(this.#number(name, text, type === 'category' ? 'number' : type));
    }
    for (const column of this.columns.values())
      if (column.values.length < this.count)
        column.values.push((column.type === 'numeric' ? NaN : null) as never);
  }

  #column(name: string, type: CellType): TableColumn {
    const known = this.columns.get(name);
    if (known !== undefined) return known;
    const before = this.count - 1;
    const made: TableColumn =
      type === 'category'
        ? { type: 'category', values: Array.from({ length: before }, () => null) }
        : { type: 'numeric', values: Array.from({ length: before }, () => NaN) };
    this.columns.set(name, made);
    return made;
  }

  #level(text: string): string | null {
    const value = parseLevel(text);
    if (value === null) this.report.empty++;
    return value;
  }

  #number(name: string, text: string, type: Exclude<CellType, 'category'>): number {
    const value = parseNumber(text, type);
    if (value === null) this.report.empty++;
    if (value === undefined) this.report.misfits[name] = (this.report.misfits[name] ?? 0) + 1;
    return value ?? NaN;
  }
}
