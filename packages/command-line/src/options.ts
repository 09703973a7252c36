import { Command, InvalidArgumentError, Option, type OptionValues } from 'commander';
import { version } from './software.js';

/** An option that can also be set by its environment variable. */
export function appOption(flags: string, description: string): Option {
  const option = new Option(flags, description);
  return option.env(`SYNERGOS_${option.name().replaceAll('-', '_').toUpperCase()}`);
}

/** `--overwrite`, for apps with a REST API. */
export function overwriteOption(): Option {
  return appOption(
    '--overwrite',
    'let a POST of an existing id replace the record, as in Synergos 0.1.0',
  ).default(false);
}

/** A command with `--version`, whose help ends with examples. Wrong use prints one line and exits with code 2. */
export function appCommand(name: string, description: string, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  ${example}`).join('\n');
  return new Command(name)
    .description(description)
    .version(version)
    .addHelpText(
      'after',
      `\nExamples:\n${lines}\n\nEvery option can also be set by its environment variable, SYNERGOS_<OPTION>.`,
    )
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
}

/** Parses a command line. Option names may be written with `-` or `_`. */
export function parseAppOptions(command: Command, argv: readonly string[]): OptionValues {
  readSwitches(command);
  return command.parse(argv.map(withDashes), { from: 'user' }).opts();
}

const ON = /^(true|1|yes|on)$/i;
const OFF = /^(false|0|no|off)?$/i;

/** Ignores variables that switch an option off: Commander takes a switch as on whenever its variable is set. */
function readSwitches(command: Command): void {
  for (const option of command.options) {
    const variable = option.envVar;
    const value = variable === undefined ? undefined : process.env[variable];
    if (value === undefined || !option.isBoolean() || ON.test(value)) continue;
    if (OFF.test(value)) delete option.envVar;
    else command.error(`error: ${variable}: expected true or false, got '${value}'`);
  }
}

export function portNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535)
    throw new InvalidArgumentError('expected a whole number from 0 to 65535.');
  return value;
}

/** Parser of a whole number of at least `least`. */
export function atLeast(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`expected a whole number from ${least}.`);
    return value;
  };
}

/** Parser of an option that can be given several times. */
export function repeatable(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

function withDashes(argument: string): string {
  const [name = '', ...value] = argument.split('=');
  // The original short name of this option has two letters.
  if (name === '-mq') return ['--queue', ...value].join('=');
  return name.startsWith('--') ? [name.replaceAll('_', '-'), ...value].join('=') : argument;
}
