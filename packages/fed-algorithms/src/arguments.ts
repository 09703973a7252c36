import { z } from 'zod';
import { aggregators } from './aggregators/names.js';
import { selections } from './cohort.js';
import { compressions } from './compression/codec.js';

/** What may be named in a run; the participant's side implements each of them. */
export const criteria = [
  'L1Loss',
  'MSELoss',
  'SmoothL1Loss',
  'HuberLoss',
  'BCELoss',
  'BCEWithLogitsLoss',
  'CrossEntropyLoss',
  'NLLLoss',
  'KLDivLoss',
  'PoissonNLLLoss',
  'HingeEmbeddingLoss',
  'SoftMarginLoss',
  'MultiLabelMarginLoss',
  'MultiLabelSoftMarginLoss',
] as const;
export const optimizers = [
  'SGD',
  'Adam',
  'AdamW',
  'Adamax',
  'NAdam',
  'RAdam',
  'Adagrad',
  'Adadelta',
  'RMSprop',
  'Rprop',
  'ASGD',
] as const;
export const schedulers = [
  'none',
  'CyclicLR',
  'StepLR',
  'MultiStepLR',
  'ExponentialLR',
  'ConstantLR',
  'LinearLR',
  'PolynomialLR',
  'CosineAnnealingLR',
  'CosineAnnealingWarmRestarts',
  'OneCycleLR',
  'ReduceLROnPlateau',
] as const;

const MOST = 1_000_000;

/** Null, as the original client posts for what it does not set, counts as absent. */
const withDefault = <Schema extends z.ZodType>(schema: Schema, value: z.output<Schema>) =>
  z.preprocess((given) => given ?? value, schema) as unknown as z.ZodType<z.output<Schema>>;
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => value ?? null);

const count = z.number().int().min(1).max(MOST);
const share = z.number().min(0).max(1);
const nonNegative = z.number().nonnegative();
const positive = z.number().positive();
const oneOf = <const Names extends readonly string[]>(what: string, names: Names) =>
  z.enum(names as Names & [string, ...string[]], {
    error: ({ input }) => `unknown ${what} '${String(input)}'; supported: ${names.join(', ')}`,
  });

/** The arguments common to all algorithms, with Synergos' names; those of optimizers and schedulers mean what PyTorch's mean. */
export const runArgumentsSchema = z.object({
  algorithm: withDefault(z.string().min(1).max(200), 'FedProx'),
  rounds: withDefault(count, 10),
  epochs: withDefault(count, 100),
  /** Null: the whole data set. */
  batch_size: optional(count),
  lr: withDefault(positive, 0.001),
  weight_decay: withDefault(nonNegative, 0),
  mu: withDefault(nonNegative, 0.1),
  l1_lambda: withDefault(nonNegative, 0),
  l2_lambda: withDefault(nonNegative, 0),
  /** Whether the rows are drawn in a new order each epoch; else they come as they stand in the files. */
  shuffle: withDefault(z.boolean(), true),
  /** What the first round starts from, unless `start_from` names a model. */
  initial_weights: withDefault(z.enum(['random', 'zeros']), 'random'),
  seed: withDefault(z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER), 42),
  /** Epochs without improvement after which local training stops, and rounds after which the run does. */
  patience: withDefault(count, 10),
  /** What counts as an improvement of the loss. */
  delta: withDefault(nonNegative, 0),
  cumulative_delta: withDefault(z.boolean(), false),
  is_condensed: withDefault(z.boolean(), true),
  precision_fractional: withDefault(z.number().int().min(0).max(20), 5),

  criterion: withDefault(oneOf('criterion', criteria), 'BCELoss'),
  optimizer: withDefault(oneOf('optimizer', optimizers), 'SGD'),
  momentum: withDefault(share, 0),
  dampening: withDefault(share, 0),
  nesterov: withDefault(z.boolean(), false),
  betas: withDefault(z.tuple([share, share]), [0.9, 0.999]),
  eps: optional(positive),
  amsgrad: withDefault(z.boolean(), false),
  alpha: withDefault(share, 0.99),
  rho: withDefault(share, 0.9),
  centered: withDefault(z.boolean(), false),
  lr_decay: withDefault(nonNegative, 0.1),

  lr_scheduler: z.preprocess(
    (given) => (given == null ? 'CyclicLR' : given === '' || given === 'None' ? 'none' : given),
    oneOf('lr_scheduler', schedulers),
  ) as unknown as z.ZodType<(typeof schedulers)[number]>,
  base_lr: withDefault(positive, 0.0005),
  max_lr: withDefault(positive, 0.005),
  step_size_up: withDefault(count, 2000),
  step_size_down: optional(count),
  mode: withDefault(
    z.string().refine((mode) => ['triangular', 'triangular2', 'exp_range', 'min', 'max'].includes(mode), {
      error: 'expected triangular, triangular2 or exp_range',
    }),
    'triangular',
  ),
  /** Null: 1 for CyclicLR, 0.1 for the others. */
  gamma: optional(positive),
  cycle_momentum: withDefault(z.boolean(), true),
  base_momentum: withDefault(share, 0.8),
  max_momentum: withDefault(share, 0.9),
  step_size: withDefault(count, 30),
  milestones: withDefault(z.array(count).max(1000), [30, 80]),
  factor: optional(positive),
  total_iters: withDefault(count, 5),
  start_factor: withDefault(positive, 1 / 3),
  end_factor: withDefault(nonNegative, 1),
  power: withDefault(positive, 1),
  T_max: withDefault(count, 50),
  eta_min: withDefault(nonNegative, 0),
  T_0: withDefault(count, 10),
  T_mult: withDefault(count, 1),
  pct_start: withDefault(share, 0.3),
  div_factor: withDefault(positive, 25),
  final_div_factor: withDefault(positive, 10_000),
  threshold: withDefault(nonNegative, 0.0001),
  cooldown: withDefault(z.number().int().nonnegative(), 0),
  min_lr: withDefault(nonNegative, 0),

  /** Share of the participants that a round asks. */
  fraction_fit: withDefault(z.number().positive().max(1), 1),
  /** How they are chosen. */
  selection: withDefault(oneOf('selection', selections), 'uniform'),
  /** Only these participants train; null: all that are registered. */
  cohort: optional(z.array(z.string().min(1)).min(1)),
  /** Fewest updates a round may end with; null: half of its cohort. */
  min_updates: optional(count),
  /** A trained run of the same project whose global model the first round starts from; null: drawn from the seed. */
  start_from: optional(z.strictObject({ expt_id: z.string().min(1), run_id: z.string().min(1) })),
  /** Takes the place of the algorithm's own rule; null: that one. */
  aggregator: optional(oneOf('aggregator', aggregators)),
  trim: withDefault(
    z
      .number()
      .min(0)
      .refine((trim) => trim < 0.5, { error: 'expected trim < 0.5: as much is cut at each end' }),
    0.1,
  ),
  byzantine: withDefault(z.number().int().nonnegative().max(MOST), 0),
  krum_selected: optional(count),
  weiszfeld_iterations: withDefault(count.max(10_000), 50),
  weiszfeld_smoothing: withDefault(positive, 1e-6),
  clip_norm: withDefault(positive, 1),
  /** Share of the updates that the adaptive bound of norm-clipping lets through; null: `clip_norm` stays. */
  clip_quantile: optional(share),
  clip_lr: withDefault(nonNegative, 0.2),
  clip_radius: withDefault(positive, 10),
  clip_iterations: withDefault(count.max(1000), 3),
  /** How updates travel; all but `none` lose a little. */
  compression: withDefault(oneOf('compression', compressions), 'none'),
  /** Share of an update's values that `top-k` sends. */
  compression_keep: withDefault(z.number().positive().max(1), 0.1),
  /** The run is stopped when a round's mean training loss is so many times the first round's; 0: never. */
  divergence_factor: withDefault(nonNegative, 1000),
  /** Seconds; null: adapts to the rounds seen. */
  round_deadline: optional(positive.max(30 * 86_400)),
});

export type RunArguments = z.infer<typeof runArgumentsSchema>;
