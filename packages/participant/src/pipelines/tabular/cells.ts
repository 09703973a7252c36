import type { TabularSettings } from './settings.js';

/** Type of a column's cells. */
export type CellType =
  | { readonly kind: 'category'; readonly name: string }
  | { readonly kind: 'boolean'; readonly name: string }
  | {
      readonly kind: 'integer' | 'number';
      readonly name: string;
      /** Smallest and largest value of the type. */
      readonly least: number;
      readonly most: number;
    };

export const typeNames = 'int8 … int64, uint8 … uint64, float16 … float64, bool, category, object';

const NUMERIC = /^(u?int|float)(8|16|32|64)?$/;
const CATEGORIES = new Set(['category', 'object']);
const FREE_TEXT = new Set(['string', 'str', 'text']);
const FLOAT_MOST: Readonly<Record<string, number>> = {
  '16': 65504,
  '32': 3.4028234663852886e38,
  '64': Number.MAX_VALUE,
};

/** Parses the pandas name of a type in schema.json; undefined if it is unknown. */
export function cellType(text: string): CellType | undefined {
  const name = text.toLowerCase();
  if (CATEGORIES.has(name)) return { kind: 'category', name };
  if (/^bool(ean)?$/.test(name)) return { kind: 'boolean', name };
  const [, family, bits = '64'] = NUMERIC.exec(name) ?? [];
  if (family === 'float') {
    const most = FLOAT_MOST[bits];
    return most === undefined ? undefined : { kind: 'number', name, least: -most, most };
  }
  if (family === 'uint') return { kind: 'integer', name, least: 0, most: 2 ** Number(bits) - 1 };
  if (family === 'int') {
    const half = 2 ** (Number(bits) - 1);
    return { kind: 'integer', name, least: -half, most: half - 1 };
  }
  return undefined;
}

/** Whether a type holds free text, which may name a person. The owner must declare it as category to use it. */
export function isFreeText(name: string): boolean {
  return FREE_TEXT.has(name.toLowerCase());
}

/** Parsers of a folder's cells. They return null for a missing cell and undefined for a misfit. */
export interface CellParsers {
  /** Numbers; booleans become 0 and 1. */
  number(
    type: Exclude<CellType, { kind: 'category' }>,
    column: string,
  ): (text: string) => number | null | undefined;
  /** Levels of a category, one spelling each: '1', '1.0' and '01' are the level '1'. */
  level(column: string): (text: string) => string | null;
  /** Labels: as levels, but numbers and booleans by their type. */
  label(type: CellType, column: string): (text: string) => string | null | undefined;
}

/** Missing marks of pandas, `\N` of SQL and `?` of older archives. */
const COMMON_MISSING = [
  ...[
    '',
    '#N/A',
    '#N/A N/A',
    '#NA',
    '-1.#IND',
    '-1.#QNAN',
    '-NaN',
    '-nan',
    '1.#IND',
    '1.#QNAN',
    '<NA>',
    'N/A',
  ],
  ...['NA', 'NULL', 'NaN', 'None', 'n/a', 'nan', 'null', 'NAN', 'Nan', '\\N', '?'],
];

/** Creates parsers for the settings of a folder. */
export function cellParsers(settings: TabularSettings): CellParsers {
  const missingOf = (column: string) => missingTexts(settings, column);
  const toNumber = numberParser(settings);
  const booleans = booleanValues(settings);

  const parsers: CellParsers = {
    number(type, column) {
      const missing = missingOf(column);
      if (type.kind === 'boolean')
        return (text) => (missing.has(text.trim()) ? null : booleans.get(text.trim().toLowerCase()));
      const { kind, least, most } = type;
      const sentinels = new Set([...missing].filter((text) => text !== '').map(toNumber));
      sentinels.delete(undefined);
      return (text) => {
        const trimmed = text.trim();
        if (missing.has(trimmed)) return null;
        const value = toNumber(trimmed);
        if (value === undefined || value < least || value > most) return undefined;
        if (sentinels.size > 0 && sentinels.has(value)) return null;
        return kind === 'number' || Number.isInteger(value) ? value : undefined;
      };
    },
    level(column) {
      const missing = missingOf(column);
      return (text) => {
        const trimmed = text.trim();
        return missing.has(trimmed) ? null : levelOf(trimmed);
      };
    },
    label(type, column) {
      if (type.kind === 'category') return parsers.level(column);
      const number = parsers.number(type, column);
      return (text) => {
        const value = number(text);
        if (value === null || value === undefined) return value;
        const level = levelOf(text.trim());
        // Too long for a double: keep its digits, so that different labels stay different.
        return type.kind !== 'boolean' && /^[-+]?\d{16,}$/.test(level) ? level : String(value);
      };
    },
  };
  return parsers;
}

function missingTexts({ na_values, keep_default_na }: TabularSettings, column: string): ReadonlySet<string> {
  const own = Array.isArray(na_values) ? na_values : (na_values[column] ?? []);
  return new Set([...(keep_default_na ? COMMON_MISSING : ['']), ...own.map((text) => text.trim())]);
}

function booleanValues({ true_values, false_values }: TabularSettings): ReadonlyMap<string, 0 | 1> {
  const entries = (texts: readonly string[], value: 0 | 1) =>
    texts.map((text) => [text.trim().toLowerCase(), value] as const);
  return new Map([
    ...entries(['true', '1', 'yes', ...true_values], 1),
    ...entries(['false', '0', 'no', ...false_values], 0),
  ]);
}

const PLAIN_NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;

/** Creates a parser of finite numbers; it returns undefined for other text. */
function numberParser({ decimal, thousands }: TabularSettings): (text: string) => number | undefined {
  const plain = (text: string) => {
    if (!PLAIN_NUMBER.test(text)) return undefined;
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  };
  if (decimal === '.' && thousands === undefined) return plain;
  const fraction = escaped(decimal);
  const foreign = new RegExp(`^[-+]?(?:\\d+${fraction}?\\d*|${fraction}\\d+)(?:e[-+]?\\d+)?$`, 'i');
  // Spreadsheets write a no-break space between groups.
  const group = thousands === ' ' ? '[ \u00a0\u202f]' : thousands && escaped(thousands);
  const grouped = group && new RegExp(`^[-+]?\\d{1,3}(?:${group}\\d{3})+(?:${fraction}\\d*)?$`);
  const groups = group && new RegExp(group, 'g');
  return (text) => {
    const whole = grouped && groups && grouped.test(text) ? text.replace(groups, '') : text;
    return foreign.test(whole) ? plain(whole.replace(decimal, '.')) : undefined;
  };
}

function escaped(character: string): string {
  return character.replace(/[$()*+.?[\\\]^{|}/-]/, '\\$&');
}

/** Numbers that a double holds exactly: longer ids must stay different. */
const EXACT_NUMBER = /^[-+]?(?=[\d.]{1,15}$)\d+(\.\d+)?$/;

/** One spelling per level: composed and decomposed Unicode are the same. */
function levelOf(trimmed: string): string {
  return EXACT_NUMBER.test(trimmed) ? String(Number(trimmed)) : trimmed.normalize('NFC');
}
