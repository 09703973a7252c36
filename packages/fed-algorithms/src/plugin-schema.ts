import { z } from 'zod';
import type { ArgumentsSchema } from './arguments-schema.js';

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
  reads: z.array(z.string()).optional(),
  defaults: z.record(z.string(), z.unknown()).optional(),
  check: aFunction.optional(),
  aggregator: aFunction.optional(),
  server: serverSchema.optional(),
  client: clientSchema.optional(),
  exchange: z.strictObject({ round: aFunction, answers: z.record(z.string(), aFunction) }).optional(),
});

const componentSchema = z.strictObject({
  name: z.string().min(1).max(100),
  summary: z.string().min(1),
  paper: z.string().optional(),
  arguments: z.instanceof(z.ZodObject, { error: 'expected a zod object schema' }).optional(),
});

const aggregatorSchema = componentSchema.extend({
  create: aFunction,
  unused: aFunction.optional(),
  check: aFunction.optional(),
  tolerates: aFunction.optional(),
  hasScale: z.literal(true).optional(),
  isMean: z.literal(true).optional(),
  addsNoise: z.literal(true).optional(),
  mostWeight: aFunction.optional(),
});

const optimizerSchema = componentSchema.extend({
  settings: aFunction,
  create: aFunction,
  check: aFunction.optional(),
  linear: z.literal(true).optional(),
});

const schedulerSchema = componentSchema.extend({
  create: aFunction,
  unused: aFunction.optional(),
  check: aFunction.optional(),
  replacesRate: z.literal(true).optional(),
});

const outputKinds = z.array(z.enum(['sigmoid', 'softmax', 'log_softmax', 'scores']));
const criterionSchema = componentSchema.extend({
  fits: z.strictObject({ regress: outputKinds.optional(), classify: outputKinds.optional() }),
  create: aFunction,
  weightsOf: z.enum(['classes', 'outputs']).optional(),
});

const layerSchema = componentSchema.omit({ paper: true, arguments: true }).extend({
  structure: z.custom((value) => value instanceof z.ZodType, 'expected a zod schema'),
  input: z.string().optional(),
  output: z.string().optional(),
  keepsShape: z.boolean().optional(),
  inputShape: aFunction.optional(),
  outputShape: aFunction,
  parameters: aFunction.optional(),
  compute: aFunction,
});

/** Checked before everything else: a plug-in for another version may have another shape. */
export const versionSchema = z.object({ apiVersion: z.number() });
/** The shape of a plug-in's default export. Unknown fields are refused, because they would have no effect. */
export const pluginSchema = z
  .strictObject({
    apiVersion: z.number(),
    algorithms: z.array(algorithmSchema).optional(),
    aggregators: z.array(aggregatorSchema).optional(),
    optimizers: z.array(optimizerSchema).optional(),
    schedulers: z.array(schedulerSchema).optional(),
    criteria: z.array(criterionSchema).optional(),
    layers: z.array(layerSchema).optional(),
  })
  .refine((lists) => Object.values(lists).some((list) => Array.isArray(list) && list.length > 0), {
    error: `expected at least one entry in algorithms, aggregators, optimizers, schedulers, criteria or layers`,
  });

/** Checks that algorithms read and set run arguments that exist. */
export function namesSchema({ shape }: ArgumentsSchema) {
  const algorithm = z.object({
    reads: z.array(z.enum(Object.keys(shape))).optional(),
    defaults: z.object(shape).partial().strict().optional(),
  });
  return z.object({ algorithms: z.array(algorithm).optional() });
}

/** Names of vectors that are not part of the state. */
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
