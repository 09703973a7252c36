import { fileNameSchema, idSchema } from '@synergos/contract';

export type Ids = Readonly<Record<string, unknown>>;

/** Fills the ids in braces into a path; `rest` holds the other values. An id with `?` may be absent. */
export function fill(
  template: string,
  ids: Ids,
): { readonly path: string; readonly rest: Record<string, unknown> } {
  const rest = { ...ids };
  const segments: string[] = [];
  for (const segment of template.split('/')) {
    const [, name, optional] = /^\{(\w+)(\?)?\}$/.exec(segment) ?? [];
    if (name === undefined) {
      segments.push(segment);
      continue;
    }
    const value = rest[name];
    delete rest[name];
    if (value === undefined || value === null) {
      if (optional === undefined) throw new TypeError(`${name} is missing`);
      refuseLater(template, name, rest);
      break;
    }
    // URLs drop an empty id or a dot: the call would concern the whole collection.
    const id = (name === 'name' ? fileNameSchema : idSchema).safeParse(String(value));
    if (!id.success)
      throw new TypeError(`${name} '${String(value)}' is not an id: ${id.error.issues[0]?.message}`);
    segments.push(encodeURIComponent(id.data));
  }
  return { path: segments.join('/'), rest };
}

/** Refuses an id without the one before it: the call would concern all records below the path. */
function refuseLater(template: string, missing: string, rest: Ids): void {
  for (const [, name = ''] of template.slice(template.indexOf(`{${missing}`)).matchAll(/\{(\w+)\??\}/g))
    if (rest[name] !== undefined && rest[name] !== null)
      throw new TypeError(`${missing} is missing before ${name}`);
}

/** Encodes values as `?name=value&…`; empty if there are none. */
export function queryOf(values: object = {}): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  if (given.length === 0) return '';
  return `?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString()}`;
}
