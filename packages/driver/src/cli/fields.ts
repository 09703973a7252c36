import { Option, type Command } from 'commander';
import { WrongUse } from './failures.js';
import type { JsonInput } from './input.js';

/** A field of a record with an option of its own. */
export interface Field {
  readonly name: string;
  /** Flags in commander's notation; the first long one names the option. */
  readonly flags: string;
  readonly about: string;
  readonly choices?: readonly string[];
  /** Converts the text of the option, or all texts of a repeatable one, to one or several fields. */
  readonly read: (given: Given, input: JsonInput) => Promise<Fields> | Fields;
  readonly repeatable?: true;
}
export interface Given {
  readonly texts: readonly string[];
  readonly option: string;
}
export type Fields = Readonly<Record<string, unknown>>;

type Kind = (name: string, flags: string, about: string) => Field;

export const textField: Kind = (name, flags, about) => ({
  name,
  flags,
  about,
  read: ({ texts: [text = ''] }) => ({ [name]: text }),
});

export const choiceField = (
  name: string,
  flags: string,
  about: string,
  choices: readonly string[],
): Field => ({
  ...textField(name, flags, about),
  choices,
});

export const numberField: Kind = (name, flags, about) => ({
  name,
  flags,
  about,
  read: ({ texts: [text = ''], option }) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value))
      throw new WrongUse(`${option}: expected a number, got '${text}'`);
    return { [name]: value };
  },
});

/** A field given as JSON, as a file that holds JSON, or as `-` for standard input. */
export const jsonField: Kind = (name, flags, about) => ({
  name,
  flags,
  about: `${about}: JSON, a file, or - for standard input`,
  read: async ({ texts: [text = ''], option }, input) => ({ [name]: await input(text, option) }),
});

export const textsField: Kind = (name, flags, about) => ({
  name,
  flags,
  about: `${about}; repeatable`,
  repeatable: true,
  read: ({ texts }) => ({ [name]: texts }),
});

/** A field of folders below a worker's data directory. */
export const tagsField: Kind = (name, flags, about) => ({
  ...textsField(name, flags, about),
  read: ({ texts }) => ({ [name]: tagsOf(texts) }),
});

export function tagsOf(folders: readonly string[]): readonly (readonly string[])[] {
  return folders.map((folder) => folder.replace(/\/+$/, '').split('/'));
}

/** A component of the collaboration: `HOST`, `HOST:PORT`, or JSON. */
export const componentField: Kind = (name, flags, about) => ({
  name,
  flags,
  about: `${about}: host:port, or JSON`,
  read: async ({ texts: [text = ''], option }, input) => {
    if (text.startsWith('{')) return { [name]: await input(text, option) };
    const { host, ports } = hostAndPorts(text, option, 1);
    return { [name]: ports.length === 0 ? { host } : { host, ports: { main: ports[0] } } };
  },
});

/** Nodes of a participant, one per grid, in the order of the grids. */
export const nodesField: Kind = (name, flags, about) => ({
  ...textsField(name, flags, about),
  read: ({ texts, option }) => {
    const nodes = texts.map((text, grid) => {
      const { host, ports } = hostAndPorts(text, option, 2);
      const [port, dataPort] = ports;
      if (port === undefined) throw new WrongUse(`${option}: expected host:port, got '${text}'`);
      return [`node_${grid}`, { host, port, ...(dataPort === undefined ? {} : { f_port: dataPort }) }];
    });
    return { n_count: nodes.length, ...Object.fromEntries(nodes) };
  },
});

function hostAndPorts(text: string, option: string, most: number) {
  const [, host = '', tail = ''] = /^(\[[^\]]+\]|[^:]+)((?::\d+)*)$/.exec(text) ?? [];
  const ports = tail.split(':').slice(1).map(Number);
  if (host === '' || ports.length > most || ports.some((port) => port > 65_535))
    throw new WrongUse(`${option}: expected host:port with ports up to 65535, got '${text}'`);
  return { host, ports };
}

export function addFieldOptions(command: Command, fields: readonly Field[]): void {
  for (const { flags, about, choices, repeatable } of fields) {
    const option = new Option(flags, about);
    if (choices !== undefined) option.choices(choices);
    if (repeatable === true) option.argParser(repeated);
    command.addOption(option);
  }
}

/** Collects the texts of a repeatable option. */
export function repeated(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

/** Reads the fields whose options were given. */
export async function takeFields(
  fields: readonly Field[],
  options: Readonly<Record<string, unknown>>,
  input: JsonInput,
): Promise<Fields> {
  const taken: Record<string, unknown> = {};
  for (const { flags, read } of fields) {
    const option = new Option(flags);
    const given = options[option.attributeName()] as string | readonly string[] | undefined;
    if (given === undefined) continue;
    const texts = typeof given === 'string' ? [given] : given;
    Object.assign(taken, await read({ texts, option: option.long ?? flags }, input));
  }
  return taken;
}
