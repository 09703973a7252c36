/** The types of schema.json, by what becomes of them. */
const NUMERIC = /^u?int(8|16|32|64)?$|^float(16|32|64)?$/i;
const CATEGORIES = new Set(['category', 'object', 'string', 'str']);
const TRUE = new Set(['true', '1', 'yes']);
const FALSE = new Set(['false', '0', 'no']);

export type CellType = 'integer' | 'number' | 'boolean' | 'category';

export const typeNames = 'int8 … int64, uint8 … uint64, float16 … float64, bool, category, string';

/** undefined for a type that schema.json may not name. */
export function cellType(name: string): CellType | undefined {
  if (NUMERIC.test(name)) return /^float/i.test(name) ? 'number' : 'integer';
  if (/^bool(ean)?$/i.test(name)) return 'boolean';
  return CATEGORIES.has(name.toLowerCase()) ? 'category' : undefined;
}

/** null: empty; undefined: the text does not fit the type. Booleans count as 0 and 1. */
export function parseNumber(text: string, type: Exclude<CellType, 'category'>): number | null | undefined {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.toLowerCase() === 'nan') return null;
  if (type === 'boolean') {
    if (TRUE.has(trimmed.toLowerCase())) return 1;
    return FALSE.has(trimmed.toLowerCase()) ? 0 : undefined;
  }
  const value = Number(trimmed);
  return Number.isFinite(value) && (type === 'number' || Number.isInteger(value)) ? value : undefined;
}

/** No longer than what a double holds exactly: longer ids must not fall together. */
const EXACT_NUMBER = /^[-+]?(?=[\d.]{1,15}$)\d+(\.\d+)?$/;

/** One spelling a level: '1', '1.0' and '01' are the level '1'. null: empty. */
export function parseLevel(text: string): string | null {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.toLowerCase() === 'nan') return null;
  return EXACT_NUMBER.test(trimmed) ? String(Number(trimmed)) : trimmed;
}

/** A label: as a level, but one spelling also for booleans, '0' and '1'. null: empty or, of a boolean, none. */
export function parseLabel(text: string, type: CellType | undefined): string | null {
  if (type !== 'boolean') return parseLevel(text);
  const value = parseNumber(text, type);
  return value === null || value === undefined ? null : String(value);
}
