import { InvalidDataset } from '../../errors.js';
import type { CellType } from './cells.js';
import type { TabularSettings } from './settings.js';

const MOST_SAMPLES = 100;

/** Counts of one column's cells in a data folder. */
export class ColumnTally {
  readonly type: CellType;
  filled = 0;
  missing = 0;
  misfits = 0;
  /** Position of the first cell that does not fit the type. */
  first: { readonly file: string; readonly line: number } | undefined;
  readonly #samples: string[] = [];

  constructor(type: CellType) {
    this.type = type;
  }

  /** Counts a cell by its parsed value. */
  count(value: string | number | null | undefined, text: string, file: string, line: number): void {
    if (value === null) this.missing++;
    else if (value !== undefined) this.filled++;
    else {
      this.misfits++;
      this.first ??= { file, line };
      if (this.#samples.length < MOST_SAMPLES) this.#samples.push(text.trim());
    }
  }

  /** Throws `InvalidDataset` if the column has more misfits than `max_misfits` allows. The message never holds a cell. */
  check(folder: string, column: string, settings: TabularSettings): void {
    const cells = this.filled + this.misfits;
    if (this.first === undefined || this.misfits <= settings.max_misfits * cells) return;
    const { file, line } = this.first;
    throw new InvalidDataset(
      folder,
      `${file}: line ${line}: column '${column}': ${this.misfits} of ${cells} cells do not fit its type ${this.type.name}, ` +
        `more than max_misfits ${settings.max_misfits} allows; ${this.#remedy(settings)}`,
    );
  }

  #remedy({ decimal }: TabularSettings): string {
    const all = (pattern: RegExp) => this.#samples.every((text) => pattern.test(text));
    const set = (settings: string) => `set ${settings} in metadata.json`;
    const { kind, name } = this.type;
    if (kind === 'boolean') return set('"true_values" and "false_values"');
    if (decimal === '.' && all(/^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$/)) return set('"thousands": ","');
    if (decimal === '.' && all(/^[-+]?\d{1,3}(\.\d{3})+(,\d+)?$/))
      return set('"decimal": "," and "thousands": "."');
    if (decimal === '.' && all(/^[-+]?\d*,\d+$/)) return set('"decimal": ","');
    if (decimal === ',' && all(/^[-+]?\d*\.\d+$/)) return set('"decimal": "."');
    if (all(/^[-+]?\d+([ \u00a0\u202f]\d{3})+/)) return set('"thousands": " "');
    if (all(/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i) && name !== 'float64')
      return `declare the column as float64 in schema.json`;
    if (new Set(this.#samples).size === 1)
      return `if their one text marks a missing value, add it to "na_values" in metadata.json`;
    return 'correct the cells, or declare the column as category in schema.json';
  }
}
