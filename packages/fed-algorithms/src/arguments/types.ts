import { z } from 'zod';

/** Largest number that a count may be. */
export const MOST = 1_000_000;

export const count = z.number().int().min(1).max(MOST);
export const share = z.number().min(0).max(1);
export const decay = z.number().min(0).lt(1);
export const nonNegative = z.number().nonnegative();
export const positive = z.number().positive();

/** An argument with a default. Null counts as absent: the original client posts null for every argument it does not set. */
export const withDefault = <Schema extends z.ZodType>(
  schema: Schema,
  value: z.output<Schema>,
  meaning: string,
) =>
  z.preprocess((given) => given ?? value, schema).describe(meaning) as unknown as z.ZodType<z.output<Schema>>;

/** An argument that may be null, its default. */
export const optional = <Schema extends z.ZodType>(schema: Schema, meaning: string) =>
  schema
    .nullish()
    .transform((value) => value ?? null)
    .describe(meaning);

/** One of some names. The error lists them. */
export const oneOf = <const Names extends readonly string[]>(what: string, names: Names) =>
  z.enum(names as Names & [string, ...string[]], {
    error: ({ input }) => `unknown ${what} '${String(input)}'; supported: ${names.join(', ')}`,
  });
