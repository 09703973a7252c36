import { checkCommand } from '@synergos/ttp-runtime/check';
import { basicCommand } from '../../apps/basic/dist/options.js';
import { clusterCommand } from '../../apps/cluster/dist/options.js';
import { directorCommand } from '../../apps/director/dist/options.js';
import { workerCommand } from '../../apps/worker/dist/options.js';
import { buildProgram } from '../../packages/driver/dist/cli/program.js';

/** The programs of the apps, in the order of the pages. */
export const apps = [basicCommand(), checkCommand(), workerCommand(), directorCommand(), clusterCommand()];

/** The command line of the driver. Its shell is never used, as no command runs. */
export const driver = buildProgram({
  env: {},
  stdin: process.stdin,
  stdout: process.stderr,
  stderr: process.stderr,
  now: () => new Date(0),
  onInterrupt: () => () => {},
});

/** The commands directly below one, without those that its help hides. */
export function commandsOf(command) {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help');
}

/** The options of a command, without `--help` and `--version`. */
export function optionsOf(command) {
  return command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help' && long !== '--version');
}

/** The name with those of all commands above: `synergos jobs watch`. */
export function fullName(command) {
  return command.parent ? `${fullName(command.parent)} ${command.name()}` : command.name();
}

/** How to call a command, without `[options]`: `synergos jobs watch <job>`. */
export function usageOf(command) {
  return [
    fullName(command),
    ...command.registeredArguments.map((one) => (one.required ? `<${one.name()}>` : `[${one.name()}]`)),
  ].join(' ');
}

/** The text that the help of a command has below its options. */
export function afterOf(command) {
  let text = '';
  const output = command.configureOutput();
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  command.configureOutput(output);
  const start = text.indexOf('\nExamples:\n');
  const [examples = '', ...more] =
    start < 0 ? [''] : text.slice(start + '\nExamples:\n'.length).split('\n\n');
  return {
    examples: examples
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
    more: more.join('\n\n').trim(),
  };
}

/** A table in Markdown; columns without any text are left out. */
export function table(heads, rows) {
  const shown = heads.map((_, index) => rows.some((row) => row[index] !== ''));
  const line = (cells) => `| ${cells.filter((_, index) => shown[index]).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map((row) => line(row.map(escape)))];
}

const STATED_DEFAULT = /\s*\(default: ([^)]*)\)/;

/** The default of an option: its value, or what its description states; nothing for a switch. */
export function defaultOf({ defaultValue, defaultValueDescription, description }) {
  const stated = defaultValueDescription ?? STATED_DEFAULT.exec(description)?.[1];
  if (stated !== undefined) return stated;
  return defaultValue === undefined || typeof defaultValue === 'boolean' ? '' : `\`${String(defaultValue)}\``;
}

/** The description of an option without its default, with the values that it accepts. */
export function meaningOf({ description, argChoices }) {
  const choices = argChoices ? `: ${argChoices.map((one) => `\`${one}\``).join(', ')}` : '';
  return `${description.replace(STATED_DEFAULT, '')}${choices}`;
}

function escape(text) {
  return text
    .split('`')
    .map((part, index) =>
      (index % 2 === 0 ? part.replaceAll('<', '&lt;') : part).replaceAll('|', '\\|').replaceAll('\n', ' '),
    )
    .join('`');
}
