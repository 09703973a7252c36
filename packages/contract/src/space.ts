import { z } from 'zod';

/** The feature and label space of a project, and what a model needs of it to be used elsewhere. */

/** The label's column. */
export const TARGET_COLUMN = 'target';
const action = z.enum(['regress', 'classify']);
/** Name of a data type, as in metadata.json. Which ones exist is up to the pipelines and agreements that are registered. */
export const datatypeSchema = z.string().regex(/^[a-z][a-z0-9-]{0,49}$/, {
  error: 'expected the name of a data type, such as tabular',
});
/** Properties of one data type only, such as the size of images. Its pipeline and its agreement define them. */
export const detailsSchema = z.record(z.string().max(100), z.unknown());
/** How numeric columns are scaled: by the participant's own minimum and maximum, by those of all, or not. */
export const scalingSchema = z.enum(['local', 'federated', 'none']);
export const imputationSchema = z.object({
  numeric: z.enum(['median', 'mean', 'zero']),
  category: z.enum(['most_frequent']),
});
/** The data folder's options that decide how columns are prepared. */
export const operationsSchema = z.object({ scaling: scalingSchema, imputation: imputationSchema });

const rangeSchema = z.tuple([z.number(), z.number()]);

export const columnSchema = z.object({
  name: z.string(),
  type: z.enum(['numeric', 'category']),
  /** Categories seen, for `category`. */
  levels: z.array(z.string()).optional(),
  /** Smallest and largest value seen in training rows, for `numeric`; exchanged only by federated scaling. */
  range: rangeSchema.optional(),
});

/** The feature and label space that all participants of a project map their data to. */
export const commonSpaceSchema = z.object({
  datatype: datatypeSchema,
  /** Feature columns after one-hot encoding (`<column>_<level>`), sorted by name. */
  features: z.array(z.string()),
  /** Source columns, sorted by name. */
  columns: z.array(columnSchema),
  /** Class labels, sorted; empty for `regress`. */
  classes: z.array(z.string()),
  /** Options of the participants' folders, in the order of their names without repetition; absent in older alignments. */
  operations: z.array(operationsSchema).optional(),
  details: detailsSchema.optional(),
});

export type Column = z.infer<typeof columnSchema>;
export type CommonSpace = z.infer<typeof commonSpaceSchema>;
export type DataOperations = z.infer<typeof operationsSchema>;

const preparedColumnSchema = columnSchema.omit({ range: true }).extend({
  /** `numeric`: scaled to 0..1 by this minimum and maximum; null: see `scaling` and `notes`. */
  range: rangeSchema.nullable(),
  /** Stands for an empty cell; null: see `imputation` and `notes`. */
  filler: z.union([z.number(), z.string()]).nullable(),
});

/** The file `preprocessing.json`: how rows become model inputs, and the meaning of the outputs. */
export const preprocessingSchema = z.object({
  format: z.literal('synergos-preprocessing/1'),
  datatype: datatypeSchema,
  action,
  target: z.string(),
  /** The participant of the `range` and `filler` values; absent in the file of the TTP (shared values only). */
  participant: z.string().optional(),
  /** `mixed`: participants differ. */
  scaling: z.enum([...scalingSchema.options, 'mixed', 'unknown']),
  /** null: participants differ, or it is not known. */
  imputation: imputationSchema.nullable(),
  /** The model's inputs, in order. */
  features: z.array(z.string()),
  columns: z.array(preparedColumnSchema),
  /** The model's classes, in order; empty for `regress`. */
  classes: z.array(z.string()),
  details: detailsSchema.optional(),
  notes: z.array(z.string()),
});
export type Preprocessing = z.infer<typeof preprocessingSchema>;
export type PreparedColumn = z.infer<typeof preparedColumnSchema>;

/** The name of the file, next to a model and in a participant's outputs. */
export const PREPROCESSING_FILE = 'preprocessing.json';

/** The preprocessing that all participants share. */
export function sharedPreprocessing(space: CommonSpace, task: Preprocessing['action']): Preprocessing {
  const [first, ...others] = space.operations ?? [];
  const isMixed = others.some(({ scaling }) => scaling !== first?.scaling);
  const scaling = first === undefined ? 'unknown' : isMixed ? 'mixed' : first.scaling;
  const agreed = others.every(({ imputation }) => imputation.numeric === first?.imputation.numeric);
  const imputation = (agreed ? first?.imputation : undefined) ?? null;
  return {
    format: 'synergos-preprocessing/1',
    datatype: space.datatype,
    action: task,
    target: TARGET_COLUMN,
    scaling,
    imputation,
    features: [...space.features],
    columns: space.columns.map(({ range, ...column }) => ({
      ...column,
      range: range ?? null,
      filler: column.type === 'numeric' && imputation?.numeric === 'zero' ? 0 : null,
    })),
    classes: [...space.classes],
    ...(space.details && { details: space.details }),
    notes: space.columns.length === 0 ? [] : notesOf(scaling, imputation),
  };
}

function notesOf(scaling: Preprocessing['scaling'], imputation: Preprocessing['imputation']): string[] {
  return [
    ...(scaling === 'none' || scaling === 'federated' ? [] : [LOCAL_RANGES]),
    ...(imputation?.numeric === 'zero' ? [LOCAL_LEVELS] : [LOCAL_FILLERS]),
  ];
}

const OWN_FILE = `${PREPROCESSING_FILE} in its outputs folder has them`;
const LOCAL_RANGES = `Ranges are each participant's own and stay with it; ${OWN_FILE}.`;
const LOCAL_FILLERS = `Fillers of empty cells are each participant's own and stay with it; ${OWN_FILE}.`;
const LOCAL_LEVELS = `Fillers of empty category cells are each participant's own and stay with it; ${OWN_FILE}.`;

/** The space that a model was trained in. */
export function spaceOf(preprocessing: Preprocessing): CommonSpace {
  const { datatype, features, columns, classes, scaling, imputation, details } = preprocessing;
  const isKnown = imputation !== null && scaling !== 'mixed' && scaling !== 'unknown';
  return {
    datatype,
    features,
    columns: columns.map(({ name, type, levels, range }) => ({
      name,
      type,
      ...(levels && { levels }),
      ...(range && { range }),
    })),
    classes,
    ...(isKnown && { operations: [{ scaling, imputation }] }),
    ...(details && { details }),
  };
}
