import type { Command } from 'commander';
import { WrongUse } from './failures.js';
import { addFieldOptions, repeated, takeFields, type Field, type Fields } from './fields.js';
import type { JsonInput } from './input.js';

interface BodyOptions {
  readonly jsonBody?: string;
  readonly set?: readonly string[];
}

/** Options for a record's fields: those of its own, any by name, and the whole body. */
export function addBodyOptions(command: Command, fields: readonly Field[]): void {
  addFieldOptions(command, fields);
  command
    .option('--set <name=value>', 'any field by its name, the value as JSON or text; repeatable', repeated)
    .option('--json-body <json>', "whole body: '{…}', a file, or - for standard input; options come on top");
}

/** The body, from what is most general to what is most particular. */
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
