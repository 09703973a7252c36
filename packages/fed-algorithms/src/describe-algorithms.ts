import { z } from 'zod';
import type { Algorithm } from './algorithm.js';
import { runArgumentsSchema, type RunArguments } from './arguments.js';
import type { Registry } from './registry.js';

/** A JSON schema (2020-12) of arguments by name, with defaults and what they mean. */
export type ArgumentsSchema = Readonly<Record<string, unknown>>;

/** An algorithm as it is told to people and programs. */
export interface AlgorithmDescription {
  readonly name: string;
  /** The package, or the plug-in as it was named at the start. */
  readonly source: string;
  readonly summary: string;
  readonly paper: string | null;
  /** Its own arguments. */
  readonly arguments: ArgumentsSchema;
  /** Those common to all, with its defaults. */
  readonly common_arguments: ArgumentsSchema;
}

/** Every algorithm that a run may name here, in the registry's order. */
export function describeAlgorithms(registry: Registry): readonly AlgorithmDescription[] {
  const common = jsonSchemaOf(runArgumentsSchema);
  const defaults = runArgumentsSchema.parse({});
  return registry.list().map(({ algorithm, source }) => ({
    name: algorithm.name,
    source,
    summary: algorithm.summary,
    paper: algorithm.paper ?? null,
    arguments: jsonSchemaOf(algorithm.arguments ?? z.object({})),
    common_arguments: commonArguments(algorithm, common, defaults),
  }));
}

function commonArguments(
  { name, defaults, arguments: own }: Algorithm,
  schema: ReturnType<typeof jsonSchemaOf>,
  standard: RunArguments,
): ArgumentsSchema {
  const ownNames = own instanceof z.ZodObject ? own.shape : {};
  const values: Readonly<Record<string, unknown>> = {
    ...standard,
    ...defaults,
    algorithm: name,
  };
  const properties = Object.entries(schema.properties ?? {}).flatMap(([argument, property]) =>
    Object.hasOwn(ownNames, argument)
      ? []
      : [[argument, { ...(property as object), default: values[argument] }] as const],
  );
  return { ...schema, properties: Object.fromEntries(properties) };
}

function jsonSchemaOf(schema: z.ZodType) {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
}
