import type { Command } from 'commander';
import { openSession, type Session } from './session.js';
import type { Shell } from './shell.js';

export type Options = Readonly<Record<string, unknown>>;

/** Adds a command whose help ends with examples. */
export function addCommand(
  parent: Command,
  name: string,
  about: string,
  examples: readonly string[],
): Command {
  return withExamples(parent.command(name).description(about), examples);
}

export function withExamples(command: Command, examples: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${examples.map((one) => `  ${one}`).join('\n')}`);
}

/** Sets the action of a command, which runs in a new session. `args` are its arguments, in order. */
export function act(
  shell: Shell,
  command: Command,
  action: (session: Session, options: Options, ...args: (string | undefined)[]) => Promise<void>,
): Command {
  return command.action(async () => {
    const args = command.processedArgs as (string | undefined)[];
    await action(await openSession(shell, command), command.opts(), ...args);
  });
}
