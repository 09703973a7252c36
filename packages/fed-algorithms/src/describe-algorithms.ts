import type { AlgorithmDescription, ArgumentsSchema } from '@synergos/contract';
import { z } from 'zod';
import type { Algorithm } from './algorithm.js';
import type { RunArguments } from './arguments.js';
import type { Registry } from './registry.js';

/** Describes every algorithm of the registry, in its order. */
export function describeAlgorithms(registry: Registry): readonly AlgorithmDescription[] {
  const common = jsonSchemaOf(registry.argumentsSchema);
  const defaults = registry.argumentsSchema.parse({});
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
