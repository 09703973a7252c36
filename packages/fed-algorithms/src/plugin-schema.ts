import { z } from 'zod';
import { runArgumentsSchema } from './arguments.js';

const aFunction = z.custom((value) => typeof value === 'function', 'expected a function');
const names = z.array(z.string().min(1)).optional();

const serverSchema = z
  .strictObject({
    state: names.or(aFunction),
    sends: names,
    elementwise: z.literal(true).optional(),
    weight: aFunction.optional(),
    scale: aFunction.optional(),
    refuses: aFunction.optional(),
    learnsFrom: aFunction.optional(),
    adapt: aFunction.optional(),
    cohort: aFunction.optional(),
    asynchronous: z
      .strictObject({ buffer: aFunction, weight: aFunction, fromPresent: z.literal(true).optional() })
      .optional(),
    step: aFunction.optional(),
  })
  .check(({ value: { state, sends = [] }, issues }) => {
    // Which vectors a function gives is known with a run's arguments only.
    if (state === undefined || Array.isArray(state)) issues.push(...unknownIn(state, sends, 'sends', sends));
  });

const clientSchema = z
  .strictObject({
    state: names,
    personal: z.string().optional(),
    localTensors: aFunction.optional(),
    sparse: z.literal(true).optional(),
    correctGradient: aFunction.optional(),
    sends: names,
    optionalSends: names,
    finish: aFunction.optional(),
  })
  .check(({ value: { state, personal }, issues }) => {
    if (personal !== undefined) issues.push(...unknownIn(state, [personal], 'personal', personal));
  });

const algorithmSchema = z.strictObject({
  name: z.string().min(1),
  summary: z.string().min(1),
  paper: z.string().optional(),
  arguments: z.instanceof(z.ZodObject, { error: 'expected a zod object schema' }).optional(),
  reads: z.array(runArgumentsSchema.keyof()).optional(),
  defaults: runArgumentsSchema.partial().strict().optional(),
  check: aFunction.optional(),
  aggregator: aFunction.optional(),
  server: serverSchema.optional(),
  client: clientSchema.optional(),
  exchange: z.strictObject({ round: aFunction, answers: z.record(z.string(), aFunction) }).optional(),
});

/** All that is looked at first: what is written for another version may well have another shape. */
export const versionSchema = z.object({ apiVersion: z.number() });
/** The shape of a plug-in's default export: a field that does not exist is refused, for it would be without effect. */
export const pluginSchema = versionSchema.extend({ algorithms: z.array(algorithmSchema).min(1) });

/** Names of vectors that are not kept. */
function unknownIn(state: readonly string[] = [], named: readonly string[], field: string, input: unknown) {
  return named
    .filter((name) => !state.includes(name))
    .map((name) => ({
      code: 'custom' as const,
      input,
      path: [field],
      message: `'${name}' is none of its state`,
    }));
}
