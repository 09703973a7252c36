import Table from 'cli-table3';
import type { Style } from './style.js';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly align?: 'right';
}

/** Formats rows as columns without lines between them. `none` replaces an empty table. */
export function tableText<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { style, none }: { readonly style: Style; readonly none: string },
): string {
  if (rows.length === 0) return style.dim(none);
  const table = bare(columns.map(({ align }) => align ?? 'left'));
  table.push(columns.map(({ title }) => style.bold(title)));
  table.push(...rows.map((row) => columns.map(({ value }) => value(row))));
  return withoutTrailingSpace(table.toString());
}

/** Formats one line per field. */
export function fieldsText(
  fields: readonly (readonly [name: string, value: string])[],
  style: Style,
): string {
  const table = bare(['left', 'left']);
  table.push(...fields.map(([name, value]) => [style.bold(name), value]));
  return withoutTrailingSpace(table.toString());
}

function bare(colAligns: ('left' | 'right')[]) {
  const edges = ['top', 'bottom', 'left', 'right'];
  const parts = edges.flatMap((edge) => [edge, `${edge}-mid`, `${edge}-left`, `${edge}-right`]);
  const chars = Object.fromEntries([...parts, 'mid', 'mid-mid'].map((name) => [name, '']));
  return new Table({
    chars: { ...chars, middle: '  ' },
    colAligns,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
}

function withoutTrailingSpace(text: string): string {
  return text.replace(/ +$/gm, '');
}
