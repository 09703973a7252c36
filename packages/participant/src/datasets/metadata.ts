import { issuesOf, issuesText } from '@synergos/fed-algorithms';
import { z } from 'zod';
import { InvalidDataset } from '../errors.js';
import { closest } from './closest.js';
import { readJson, type FolderPlace } from './json-file.js';

const operationsSchema = z.looseObject({
  /** Numeric columns: by this participant's minimum and maximum, by all participants', or not at all. */
  scaling: z.enum(['local', 'federated', 'none']).default('local'),
  imputation: z
    .strictObject({
      numeric: z.enum(['median', 'mean', 'zero']).default('median'),
      category: z.enum(['most_frequent']).default('most_frequent'),
    })
    .prefault({}),
});
export type Operations = z.infer<typeof operationsSchema>;

const oneCharacter = z.string().refine((text) => [...text].length === 1 && !/["\r\n\0\d]/.test(text), {
  error: 'expected one character that is no digit, quote or line break',
});
const texts = z.array(z.string().max(1000)).max(1000);
/** A sentinel such as -999 may be written as a number. */
const missingMarks = z.array(z.union([z.string().max(1000), z.number().transform(String)])).max(1000);

const metadataSchema = z
  .strictObject({
    datatype: z.enum(['tabular', 'image', 'text']),
    operations: operationsSchema.prefault({}),
    /** Between the cells of a line. */
    delimiter: oneCharacter.default(','),
    /** Between the whole and the fraction of a number. */
    decimal: oneCharacter.default('.'),
    /** Between groups of three digits; default: numbers have none. */
    thousands: oneCharacter.optional(),
    /** Of the CSV files, by its WHATWG label. A byte order mark of UTF-16 takes precedence. */
    encoding: z
      .string()
      .refine(isEncoding, { error: "expected an encoding's name, such as utf-8 or windows-1252" })
      .default('utf-8'),
    /** Texts that mark a missing value, in all columns or by column, in addition to the common ones. */
    na_values: z.union([missingMarks, z.record(z.string(), missingMarks)]).default([]),
    /** Whether the common marks (empty, NA, NaN, null, ?, …) count; `false`: only an empty cell and `na_values` do. */
    keep_default_na: z.boolean().default(true),
    /** Spellings of a bool column, in addition to true, yes, 1 and false, no, 0; case is ignored. */
    true_values: texts.default([]),
    false_values: texts.default([]),
    /** Share of a column's cells that may not fit its type: they count as missing. More are refused. */
    max_misfits: z.number().min(0).max(1).default(0.05),
  })
  .refine(({ decimal, thousands }) => decimal !== thousands, {
    error: 'expected another character than that of decimal',
    path: ['thousands'],
  });

/** What a folder's metadata.json says of its data. */
export type Metadata = z.infer<typeof metadataSchema>;

const KEYS = Object.keys(metadataSchema.shape);
const OPERATIONS = Object.keys(operationsSchema.shape);

/** Reads and checks metadata.json. Unknown keys are refused; unknown operations only if they look like a misspelt one. */
export async function readMetadata(place: FolderPlace): Promise<Metadata> {
  const json = await readJson(place, 'metadata.json');
  const refuse = (fault: string) => new InvalidDataset(place.name, `metadata.json: ${fault}`);
  const unknown = keysOf(json).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw refuse(unknownKey(unknown, KEYS));
  const operations = keysOf((json as { readonly operations?: unknown } | null)?.operations);
  const misspelt = operations.find(
    (key) => !OPERATIONS.includes(key) && closest(key, OPERATIONS) !== undefined,
  );
  if (misspelt !== undefined) throw refuse(`operations: ${unknownKey(misspelt, OPERATIONS)}`);
  const metadata = metadataSchema.safeParse(json);
  if (!metadata.success) throw refuse(issuesText(issuesOf(metadata.error)));
  return metadata.data;
}

function unknownKey(key: string, known: readonly string[]): string {
  const near = closest(key, known);
  const shown = `unknown key '${key.slice(0, 50)}'`;
  return near === undefined
    ? `${shown}; known keys are ${known.join(', ')}`
    : `${shown}; did you mean '${near}'?`;
}

function keysOf(json: unknown): string[] {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? Object.keys(json) : [];
}

function isEncoding(label: string): boolean {
  try {
    return new TextDecoder(label).encoding !== '';
  } catch {
    return false;
  }
}
