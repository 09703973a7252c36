import { z } from 'zod';
import { closest } from '../../datasets/closest.js';
import { unknownKey } from '../../datasets/metadata.js';

const operationsSchema = z.looseObject({
  /** Scales numeric columns by this participant's minimum and maximum, by those of all participants, or not at all. */
  scaling: z.enum(['local', 'federated', 'none']).default('local'),
  imputation: z
    .strictObject({
      numeric: z.enum(['median', 'mean', 'zero']).default('median'),
      category: z.enum(['most_frequent']).default('most_frequent'),
    })
    .prefault({}),
});
const OPERATIONS = Object.keys(operationsSchema.shape);

/** Unknown operations are ignored, as in the original, unless they look like a misspelling of a known one. */
const checkedOperationsSchema = operationsSchema.superRefine((operations, context) => {
  for (const key of Object.keys(operations))
    if (!OPERATIONS.includes(key) && closest(key, OPERATIONS) !== undefined)
      context.addIssue({ code: 'custom', message: unknownKey(key, OPERATIONS) });
});

const oneCharacter = z.string().refine((text) => [...text].length === 1 && !/["\r\n\0\d]/.test(text), {
  error: 'expected one character that is no digit, quote or line break',
});
const texts = z.array(z.string().max(1000)).max(1000);
/** A sentinel such as -999 may be written as a number. */
const missingMarks = z.array(z.union([z.string().max(1000), z.number().transform(String)])).max(1000);

/** Settings of a tabular folder in metadata.json. */
export const settingsSchema = z
  .strictObject({
    operations: checkedOperationsSchema.prefault({}),
    /** Character between the cells of a line. */
    delimiter: oneCharacter.default(','),
    /** Character between the whole and the fraction of a number. */
    decimal: oneCharacter.default('.'),
    /** Character between groups of three digits. @defaultValue numbers have no groups */
    thousands: oneCharacter.optional(),
    /** WHATWG label of the encoding of the CSV files. A byte order mark of UTF-16 takes precedence. */
    encoding: z
      .string()
      .refine(isEncoding, { error: "expected an encoding's name, such as utf-8 or windows-1252" })
      .default('utf-8'),
    /** Additional texts that mark a missing value, in all columns or by column. */
    na_values: z.union([missingMarks, z.record(z.string(), missingMarks)]).default([]),
    /** Whether the common marks (empty, NA, NaN, null, ?, …) count. `false`: only an empty cell and `na_values` do. */
    keep_default_na: z.boolean().default(true),
    /** Spellings of a bool column, in addition to true, yes, 1 and false, no, 0. Case is ignored. */
    true_values: texts.default([]),
    false_values: texts.default([]),
    /** Largest share of a column's cells that may not fit its type. They count as missing; a larger share is refused. */
    max_misfits: z.number().min(0).max(1).default(0.05),
  })
  .refine(({ decimal, thousands }) => decimal !== thousands, {
    error: 'expected another character than that of decimal',
    path: ['thousands'],
  });

export type TabularSettings = z.infer<typeof settingsSchema>;
export type Operations = TabularSettings['operations'];

function isEncoding(label: string): boolean {
  try {
    return new TextDecoder(label).encoding !== '';
  } catch {
    return false;
  }
}
