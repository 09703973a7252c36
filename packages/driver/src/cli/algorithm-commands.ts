import type { Command } from 'commander';
import type { Algorithm, AlgorithmDetails, ArgumentSchema, ArgumentsSchema } from '../types.js';
import { argumentType } from './argument-type.js';
import { act, addCommand } from './commands.js';
import { idText } from './ids.js';
import type { Session } from './session.js';
import type { Shell } from './shell.js';
import { fieldsText, tableText } from './table.js';
import { printable } from './text.js';

const MOST_TYPE_CHARACTERS = 32;

/** Adds the command `algorithms`: the algorithms of the TTP and their arguments. */
export function addAlgorithmCommand(program: Command, shell: Shell): void {
  const command = addCommand(
    program,
    'algorithms',
    'list the algorithms of the TTP, or show one with its arguments',
    [
      'synergos algorithms',
      'synergos algorithms FedAdam',
      'synergos algorithms FedAdam --json | jq .arguments.properties',
    ],
  ).argument('[name]', 'name of the algorithm', idText);
  act(shell, command, async (session, _options, algorithm) => {
    const { driver, show } = session;
    if (algorithm === undefined) show(await driver.algorithms.readAll(), (all) => listText(all, session));
    else show(await driver.algorithms.read({ algorithm }), (one) => detailsText(one, session));
  });
}

function listText(all: readonly Algorithm[], { style }: Session): string {
  return tableText(
    all,
    [
      { title: 'NAME', value: ({ name }) => printable(name) },
      { title: 'SUMMARY', value: ({ summary }) => printable(summary) },
      { title: 'SOURCE', value: ({ source }) => printable(source) },
    ],
    { style, none: 'no algorithms' },
  );
}

function detailsText(one: AlgorithmDetails, { style }: Session): string {
  const about = fieldsText(
    [
      ['name', printable(one.name)],
      ['summary', printable(one.summary)],
      ['paper', printable(one.paper ?? '–')],
      ['source', printable(one.source)],
    ],
    style,
  );
  const table = (schema: ArgumentsSchema, none: string) =>
    tableText(
      Object.entries(schema.properties ?? {}),
      [
        { title: 'ARGUMENT', value: ([name]) => printable(name) },
        { title: 'TYPE', value: ([, argument]) => briefType(argument) ?? 'one of' },
        { title: 'DEFAULT', value: ([, argument]) => defaultText(argument.default) },
        { title: 'MEANING', value: ([, argument]) => meaningText(argument) },
      ],
      { style, none },
    );
  return [
    about,
    `${style.bold('Arguments of this algorithm')}\n${table(one.arguments, 'none')}`,
    `${style.bold('Arguments of all algorithms')}\n${table(one.common_arguments, 'none')}`,
  ].join('\n\n');
}

/** Undefined if it would make the column too wide: the meaning then lists the choices. */
function briefType(argument: ArgumentSchema): string | undefined {
  const type = argumentType(argument);
  return type.length > MOST_TYPE_CHARACTERS ? undefined : type;
}

function meaningText(argument: ArgumentSchema): string {
  const meaning = printable(argument.description ?? '–');
  return briefType(argument) === undefined ? `${meaning}: ${argumentType(argument)}` : meaning;
}

/** The default as written in a run; `required` if there is none. */
function defaultText(value: unknown): string {
  if (value === undefined) return 'required';
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}
