import {
  columnSchema,
  commonSpaceSchema,
  datatypeSchema,
  detailsSchema,
  idSchema,
  operationsSchema,
} from '@synergos/contract';
import { z } from 'zod';

/** What the TTP asks of a worker, and what the worker answers: the payloads of the federated cycle's tasks. */

const json = z.record(z.string(), z.unknown());
const MOST_VALUES = 10_000;
/** Numbers that an algorithm sends with a vector, by name. */
const values = z
  .record(z.string().max(200), z.number())
  .refine((record) => Object.keys(record).length <= MOST_VALUES, {
    error: `expected at most ${MOST_VALUES} values`,
  });
const tags = z.array(z.array(z.string().min(1)).min(1));

export const runKeySchema = z.object({
  collab: idSchema,
  project: idSchema,
  expt: idSchema.optional(),
  run: idSchema.optional(),
});

/** A participant's description of the data of one kind of tags: schema and classes, never rows. */
export const datasetDescriptionSchema = z.object({
  datatype: datatypeSchema,
  samples: z.number().int().nonnegative(),
  columns: z.array(columnSchema),
  /** Class labels seen in `target`, for `classify`; empty for `regress`. */
  classes: z.array(z.string()),
  /** SHA-256 over the files read: the version of the data. */
  version: z.string(),
  /** How its columns are prepared; older workers do not report it. */
  operations: operationsSchema.optional(),
  details: detailsSchema.optional(),
});

export const datasetKinds = ['train', 'evaluate', 'predict'] as const;

export const describeTaskSchema = z.object({
  key: runKeySchema,
  action: z.enum(['regress', 'classify']),
  tags: z.object({ train: tags, evaluate: tags.default([]), predict: tags.default([]) }),
  /** Only the version is asked for; older workers describe all. */
  versionOnly: z.boolean().optional(),
});
/** The part of a description that `versionOnly` asks for. */
export const versionReplySchema = z.object({ train: z.object({ version: z.string().max(200) }) });
export const describeReplySchema = z.object({
  train: datasetDescriptionSchema,
  evaluate: datasetDescriptionSchema.nullable(),
  predict: datasetDescriptionSchema.nullable(),
});

/** Capability of a worker: it takes a feature space as a blob, named by its SHA-256 like tensors, instead of in the task. */
export const SPACE_BY_DIGEST = 'space-by-digest';
/** Name among the task's tensors of the space as JSON. */
export const SPACE_TENSORS = 'feature_space';

/**
 * The experiment's model: layers in PyTorch vocabulary, or a model of another `kind`, for which the worker needs a trainer.
 */
const modelSchema = z.union([z.array(json), z.looseObject({ kind: z.string().min(1).max(50) })]);

const workloadSchema = z.object({
  key: runKeySchema,
  action: z.enum(['regress', 'classify']),
  space: commonSpaceSchema,
  model: modelSchema,
  algorithm: z.string(),
  /** The run's arguments, with defaults filled in. */
  arguments: json,
  /** Columns of the space that the participant lacked when the model was trained; any other must be there. */
  lacks: z.array(z.string()).optional(),
});
/** Version of the training data that the project was aligned with: other data is not trained on. */
const dataVersion = z.string().optional();

/** A mean criterion; null when it is not finite, because JSON has no NaN and no Infinity. */
const loss = z.number().nullable();
const columnNames = z.array(z.string().max(1000)).max(1000);

export const evaluationSchema = z.object({
  samples: z.number().int().nonnegative(),
  /** Mean criterion over the samples. */
  loss,
  /** Share of samples classified rightly (classify), or R² (regress); null where undefined. */
  score: z.number().nullable(),
  /** Why the loss is undefined, with the column if it is known; never a cell's value. */
  issue: z.string().max(300).optional(),
});

/** Of a participant's data and a feature space: counts and names of columns, never values. */
export const misfitsSchema = z.object({
  /** Columns of the space that the data lacks: they are zeros. */
  missingColumns: columnNames,
  /** Columns of the data that the space lacks: they are left out. */
  unknownColumns: columnNames,
  /** Cells with a level that the space lacks, by column: they are zeros. */
  newLevels: z.record(z.string().max(1000), z.number().int().nonnegative()),
  /** Rows with a label that is none of the classes. */
  unknownLabels: z.number().int().nonnegative(),
});

const dataReportSchema = z.object({
  /** Of the data that was used; older workers do not report it. */
  dataVersion: z.string().max(200).optional(),
  /** Absent if all fits. */
  misfits: misfitsSchema.optional(),
});

export const trainTaskSchema = workloadSchema.extend({
  round: z.number().int().positive(),
  /** The last round in which this participant's update counted; its state continues from there. 0: none yet. */
  stateRound: z.number().int().nonnegative().default(0),
  dataVersion,
  trainTags: tags,
  /** Evaluate the incoming global model on these before training; empty: do not. */
  evaluateTags: tags,
});
export const trainReplySchema = dataReportSchema.extend({
  /** Rows trained on: the weight of the update. */
  samples: z.number().int().nonnegative(),
  steps: z.number().int().nonnegative(),
  epochs: z.number().int().nonnegative(),
  /** Mean training loss of the last epoch. */
  loss,
  stoppedEarly: z.boolean(),
  seconds: z.number(),
  /** The incoming global model on this participant's evaluation data. */
  evaluation: evaluationSchema.nullable(),
  /** What the algorithm sends with the update. */
  values: values.default({}),
});

/** One question of an algorithm whose rounds are questions and answers. Its tensors are sent separately, named `message`. */
export const exchangeTaskSchema = workloadSchema.extend({
  round: z.number().int().positive(),
  stateRound: z.number().int().nonnegative(),
  question: z.string(),
  values,
  dataVersion,
  trainTags: tags,
  evaluateTags: tags,
});
/** Its tensors are sent separately, named `answer`. */
export const exchangeReplySchema = z.object({ values, dataVersion: dataReportSchema.shape.dataVersion });

export const evaluateTaskSchema = workloadSchema.extend({
  tags,
  /** Data that imputation and local scaling are fitted to, as in training; empty: `tags` itself. */
  fitTags: tags.default([]),
});
/** A table of confusion grows with the square of the number of classes. */
export const MOST_CONFUSED_CLASSES = 100;
const confused = z.array(z.number().int().nonnegative()).max(MOST_CONFUSED_CLASSES);

export const evaluateReplySchema = evaluationSchema.extend(dataReportSchema.shape).extend({
  /** One value, or one per class; null where undefined. Names as in the REST contract. */
  statistics: z.record(z.string(), z.union([z.number().nullable(), z.array(z.number().nullable())])),
  /** Samples by class (rows) and predicted class (columns); absent from older workers. */
  confusion: z.array(confused).max(MOST_CONFUSED_CLASSES).optional(),
  /** Where the participant wrote them, relative to its outputs directory. */
  resPath: z.string(),
});

/** The global model on data whose labels need not be known. */
export const predictTaskSchema = evaluateTaskSchema;
export const predictReplySchema = dataReportSchema.extend({
  /** Rows predicted. */
  samples: z.number().int().nonnegative(),
  /** Rows whose target is there and known to the model: what the statistics are of. */
  labelled: z.number().int().nonnegative(),
  /** As for evaluation; empty where no row is labelled. */
  statistics: evaluateReplySchema.shape.statistics,
  /** Where the participant wrote statistics and predictions, relative to its outputs directory. */
  resPath: z.string(),
});

export type DatasetKind = (typeof datasetKinds)[number];
export type RunKey = z.infer<typeof runKeySchema>;
export type DatasetDescription = z.infer<typeof datasetDescriptionSchema>;
export type Evaluation = z.infer<typeof evaluationSchema>;
export type DescribeTask = z.infer<typeof describeTaskSchema>;
export type DescribeReply = z.infer<typeof describeReplySchema>;
export type TrainTask = z.infer<typeof trainTaskSchema>;
export type TrainReply = z.infer<typeof trainReplySchema>;
export type ExchangeTask = z.infer<typeof exchangeTaskSchema>;
export type Misfits = z.infer<typeof misfitsSchema>;
export type VersionReply = z.infer<typeof versionReplySchema>;
export type EvaluateTask = z.infer<typeof evaluateTaskSchema>;
export type EvaluateReply = z.infer<typeof evaluateReplySchema>;
export type PredictTask = z.infer<typeof predictTaskSchema>;
export type PredictReply = z.infer<typeof predictReplySchema>;
