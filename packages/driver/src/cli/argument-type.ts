import type { ArgumentSchema } from '../types.js';
import { printable } from './text.js';

const BOUNDS = [
  ['minimum', '≥'],
  ['exclusiveMinimum', '>'],
  ['maximum', '≤'],
  ['exclusiveMaximum', '<'],
] as const;
/** A bound of this size means that there is none. */
const UNBOUNDED = Number.MAX_SAFE_INTEGER;

/** Formats the type and range of an argument's JSON schema: `integer ≥ 1`, `random | zeros`. */
export function argumentType(schema: ArgumentSchema): string {
  const { anyOf, enum: names, const: only, items, prefixItems, type } = schema;
  if (Array.isArray(anyOf)) return unique(anyOf as ArgumentSchema[]).join(' | ');
  if (Array.isArray(names)) return names.map((name) => printable(String(name))).join(' | ');
  if (only !== undefined) return printable(JSON.stringify(only));
  if (Array.isArray(prefixItems))
    return `[${(prefixItems as ArgumentSchema[]).map(argumentType).join(', ')}]`;
  if (type === 'array') return `list of ${argumentType((items ?? {}) as ArgumentSchema)}`;
  const bounds = BOUNDS.flatMap(([keyword, sign]) => {
    const bound = schema[keyword];
    return typeof bound === 'number' && Math.abs(bound) < UNBOUNDED ? [`${sign} ${bound}`] : [];
  });
  const what = typeof type === 'string' ? type : 'any';
  return bounds.length === 0 ? what : `${what} ${bounds.join(', ')}`;
}

function unique(schemas: readonly ArgumentSchema[]): readonly string[] {
  return [...new Set(schemas.map(argumentType))];
}
