import type { RecordFields } from '../types.js';
import type { RecordKind, Shown } from './record-kinds.js';
import type { Session } from './session.js';
import { fieldsText, tableText } from './table.js';
import { plural, printable, valueText } from './text.js';
import { localText, whenText } from './times.js';

const COMMON: ReadonlySet<string> = new Set(['doc_id', 'kind', 'key', 'created_at', 'relations']);

/** Formats the fields of a record; of a run only those in `given`, if it is set. Records below it are counted. */
export function recordText(record: object, { style, shell }: Session, given?: object): string {
  const { kind, key, created_at, relations } = record as RecordFields;
  const all = Object.entries(record as Shown).filter(
    ([name, value]) => !COMMON.has(name) && !(name in key) && !isRecord(value),
  );
  // A run has tens of arguments: those that were given describe it.
  const own = given === undefined || kind !== 'Run' ? all : all.filter(([name]) => name in given);
  const defaults = all.length - own.length;
  const below = Object.entries(relations).filter(([, records]) => records.length > 0);
  return fieldsText(
    [
      [printable(kind), valueText(pathOf(key))],
      ...own.map(([name, value]): [string, string] => [printable(name), valueText(value)]),
      ...(defaults === 0
        ? []
        : [['others', `${defaults} defaults; \`synergos runs read\` shows them`] as const]),
      ...below.map(([name, records]): [string, string] => [
        `${printable(name)} below`,
        String(records.length),
      ]),
      ['created', `${localText(created_at)} (${whenText(created_at, shell.now())})`],
    ],
    style,
  );
}

export function listText(kind: RecordKind, records: readonly object[], { style, shell }: Session): string {
  const required: readonly string[] = kind.listIds[0];
  const ids = kind.ids.filter((id) => !required.includes(id));
  return tableText(
    records as readonly (RecordFields & Shown)[],
    [
      ...ids.map((id) => ({
        title: id.replace(/_id$/, ''),
        value: ({ key }: RecordFields) => valueText(key[id]),
      })),
      ...Object.entries(kind.columns).map(([title, value]) => ({ title, value })),
      { title: 'created', value: ({ created_at }) => whenText(created_at, shell.now()) },
    ],
    { style, none: `no ${kind.name}` },
  );
}

export function removedText(record: object): string {
  const { kind, key, relations } = record as RecordFields;
  const below = Object.entries(relations).map(([name, records]) => plural(records.length, name));
  const more = below.length === 0 ? '' : `, and below it: ${below.join(', ')}`;
  return printable(`deleted ${kind} ${pathOf(key)}${more}`);
}

export function pathOf(key: Readonly<Record<string, string>>): string {
  return Object.values(key).join('/');
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'doc_id' in value;
}
