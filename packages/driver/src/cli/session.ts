import type { Command } from 'commander';
import { Driver } from '../driver.js';
import { accessOf, type AccessOptions } from './access.js';
import { configFile } from './config.js';
import { jsonInput, type JsonInput } from './input.js';
import { hasColours, type Shell } from './shell.js';
import { createStyle, type Style } from './style.js';
import { printable } from './text.js';

export interface GlobalOptions extends AccessOptions {
  readonly json?: boolean;
}

/** One run of a command: its input, its output and the driver. */
export interface Session {
  readonly shell: Shell;
  readonly json: boolean;
  readonly driver: Driver;
  readonly input: JsonInput;
  readonly style: Style;
  /** Prints the result: with `--json` as one JSON value, else as `view` formats it. */
  show<Value>(value: Value, view: (value: Value) => string): void;
  /** Prints a note on standard error. */
  note(text: string): void;
}

export async function openSession(shell: Shell, command: Command): Promise<Session> {
  const options: GlobalOptions = command.optsWithGlobals();
  const access = await accessOf(shell, options, configFile(shell.env));
  const note = (text: string) => void shell.stderr.write(`${printable(text)}\n`);
  const driver = new Driver({
    ...access,
    onNotes: (notes) => notes.forEach((text) => note(`note: ${text}`)),
    onIgnored: (names) => note(`note: without effect in this run: ${names.join(', ')}`),
  });
  const json = options.json === true;
  return {
    shell,
    json,
    driver,
    input: jsonInput(shell),
    style: createStyle(hasColours(shell, shell.stdout)),
    show: (value, view) => void shell.stdout.write(`${json ? toJson(shell, value) : view(value)}\n`),
    note,
  };
}

export function toJson({ stdout }: Shell, value: unknown): string {
  return JSON.stringify(value, undefined, stdout.isTTY ? 2 : undefined);
}
