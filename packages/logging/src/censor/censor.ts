import type { Identities } from './identities.js';
import { censorSecrets, isSuspect, namesSecret, secretMark } from './secrets.js';

/** Written by the logger itself, and harmless. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['level', 'time', 'role', 'component', 'location']);

/**
 * Returns a function that removes secrets from written lines, and `identities` if given. It processes the line after
 * pino has written it, so it covers messages, stacks and the fields of child loggers. Lines without suspicious text are
 * only scanned.
 */
export function lineCensor(identities?: Identities): (line: string) => string {
  return (line) => {
    if (identities === undefined && !isSuspect(line)) return line;
    let record: unknown;
    try {
      record = JSON.parse(line);
    } catch {
      return censorSecrets(line);
    }
    if (identities === undefined) return `${JSON.stringify(censored(record, ''))}\n`;
    identities.learnFrom(record);
    return `${JSON.stringify(censored(record, '', identities, OWN_FIELDS))}\n`;
  };
}

function censored(
  value: unknown,
  name: string,
  identities?: Identities,
  keep?: ReadonlySet<string>,
): unknown {
  if (typeof value === 'string') {
    const text = censorSecrets(value);
    return identities === undefined ? text : identities.censorField(name, text);
  }
  if (typeof value === 'number') return identities?.hidesNumber(name) === true ? undefined : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => censored(item, name, identities) ?? null);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]): [string, unknown] => {
      if (namesSecret(key)) return [key, secretMark];
      if (keep?.has(key) === true) return [key, item];
      return [identities?.nameOf(key) ?? key, censored(item, key, identities)];
    }),
  );
}
