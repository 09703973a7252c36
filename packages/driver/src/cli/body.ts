import type { Command } from 'commander';
import { WrongUse } from './failures.js';
import { addFieldOptions, repeated, takeFields, type Field, type Fields } from './fields.js';
import type { JsonInput } from './input.js';

interface BodyOptions {
  readonly jsonBody?: string;
  readonly set?: readonly string[];
}

/** Adds options for the fields of a record: named ones, any field with --set, and the whole body. */
export function addBodyOptions(command: Command, fields: readonly Field[]): void {
  addFieldOptions(command, fields);
  command
    .option('--set <name=value>', 'set any field; the value is JSON or text; repeatable', repeated)
    .option(
      '--json-body <json>',
      "whole body: '{…}', a file, or - for standard input; other options override it",
    );
}

/** Merges the body: options override --json-body, and --set overrides both. */
export async function takeBody(
  fields: readonly Field[],
  options: Readonly<Record<string, unknown>>,
  input: JsonInput,
): Promise<Fields> {
  const { jsonBody, set = [] } = options as BodyOptions;
  const whole = jsonBody === undefined ? {} : await input(jsonBody, '--json-body');
  if (typeof whole !== 'object' || whole === null || Array.isArray(whole))
    throw new WrongUse('--json-body: expected an object of fields, such as {"name": "value"}');
  return {
    ...whole,
    ...(await takeFields(fields, options, input)),
    ...Object.fromEntries(set.map(assignment)),
  };
}

/** `lr=0.1`, `nesterov=true`, `cohort=["a"]`, `optimizer=SGD`. */
function assignment(text: string): [name: string, value: unknown] {
  const at = text.indexOf('=');
  if (at < 1) throw new WrongUse(`--set: expected name=value, got '${text}'`);
  const value = text.slice(at + 1);
  try {
    return [text.slice(0, at), JSON.parse(value)];
  } catch {
    return [text.slice(0, at), value];
  }
}
