import { idSchema } from '@synergos/contract';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { WrongUse } from './failures.js';

/** Ids of the REST API: the option and the noun of each. */
const ID_OPTIONS = {
  collab_id: { key: 'collab', noun: 'collaboration' },
  project_id: { key: 'project', noun: 'project' },
  expt_id: { key: 'expt', noun: 'experiment' },
  run_id: { key: 'run', noun: 'run' },
  participant_id: { key: 'participant', noun: 'participant' },
} as const;
export type IdName = keyof typeof ID_OPTIONS;
export type GivenIds = Partial<Record<IdName, string>>;

export function nounOf(name: IdName): string {
  return ID_OPTIONS[name].noun;
}

export function addIdOptions(
  command: Command,
  required: readonly IdName[],
  optional: readonly IdName[] = [],
) {
  for (const name of [...required, ...optional]) {
    const { key, noun } = ID_OPTIONS[name];
    const what = required.includes(name) ? `id of the ${noun}` : `id of the ${noun} (default: all)`;
    command.addOption(new Option(`--${key} <id>`, what).argParser(idText));
  }
}

/** Adds an id as an argument, in place of its option. */
export function addIdArgument(command: Command, name: IdName): void {
  command.argument(`[${ID_OPTIONS[name].key}]`, `id of the ${nounOf(name)}`, idText);
}

export interface IdSources {
  /** Options as commander parsed them. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly own?: { readonly name: IdName; readonly value: string | undefined };
  readonly body?: Readonly<Record<string, unknown>>;
}

/** Takes ids from options, argument and body. Throws `WrongUse` if two differ or a required one is missing. */
export function takeIds(
  required: readonly IdName[],
  optional: readonly IdName[],
  sources: IdSources,
): GivenIds {
  const ids: GivenIds = {};
  for (const name of [...required, ...optional]) {
    const { key, noun } = ID_OPTIONS[name];
    const given = [
      sources.options[key],
      sources.own?.name === name ? sources.own.value : undefined,
      sources.body?.[name],
    ].filter((one) => one !== undefined && one !== null);
    const [id] = given;
    if (given.some((one) => one !== id))
      throw new WrongUse(
        `the ${noun} is given twice, as '${given.map(String).join("' and '")}'; give it once`,
      );
    if (id !== undefined) ids[name] = checkId(String(id), `--${key}`);
    else if (required.includes(name))
      throw new WrongUse(`--${key} is missing: give the ${noun} with '--${key} <id>'`);
  }
  return ids;
}

/** Checks an id before it is sent: a URL would drop some, and the call would concern all records. */
export function idText(text: string): string {
  const id = idSchema.safeParse(text);
  if (!id.success) throw new InvalidArgumentError(`'${text}' is not an id: ${id.error.issues[0]?.message}.`);
  return id.data;
}

function checkId(id: string, option: string): string {
  const parsed = idSchema.safeParse(id);
  if (!parsed.success)
    throw new WrongUse(`${option}: '${id}' is not an id: ${parsed.error.issues[0]?.message}`);
  return parsed.data;
}
