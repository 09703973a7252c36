import { idSchema } from '@synergos/contract';
import { z } from 'zod';
import { noiseMechanisms } from './aggregators/differential-privacy.js';
import { aggregators } from './aggregators/names.js';
import { zeroNorms } from './aggregators/norm-clipping.js';
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
  'MultiMarginLoss',
  'MultiLabelMarginLoss',
  'MultiLabelSoftMarginLoss',
] as const;
export const reductions = ['mean', 'sum'] as const;
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
  'LambdaLR',
  'LinearLR',
  'PolynomialLR',
  'CosineAnnealingLR',
  'CosineAnnealingWarmRestarts',
  'OneCycleLR',
  'ReduceLROnPlateau',
] as const;

const MOST = 1_000_000;

/** Null, as the original client posts for what it does not set, counts as absent. */
const withDefault = <Schema extends z.ZodType>(schema: Schema, value: z.output<Schema>, meaning: string) =>
  z.preprocess((given) => given ?? value, schema).describe(meaning) as unknown as z.ZodType<z.output<Schema>>;
const optional = <Schema extends z.ZodType>(schema: Schema, meaning: string) =>
  schema
    .nullish()
    .transform((value) => value ?? null)
    .describe(meaning);

const count = z.number().int().min(1).max(MOST);
const share = z.number().min(0).max(1);
const decay = z.number().min(0).lt(1);
const nonNegative = z.number().nonnegative();
const positive = z.number().positive();
const classWeights = z.array(nonNegative).min(1).max(100_000);
const oneOf = <const Names extends readonly string[]>(what: string, names: Names) =>
  z.enum(names as Names & [string, ...string[]], {
    error: ({ input }) => `unknown ${what} '${String(input)}'; supported: ${names.join(', ')}`,
  });

/** The arguments common to all algorithms, with Synergos' names; those of optimizers and schedulers mean what PyTorch's mean. */
export const runArgumentsSchema = z.object({
  algorithm: withDefault(z.string().min(1).max(200), 'FedProx', 'the federated algorithm'),
  rounds: withDefault(count, 10, 'rounds; of an asynchronous algorithm, steps of the server'),
  epochs: withDefault(count, 100, 'epochs of local training in each round'),
  batch_size: optional(count, 'rows of a batch; null: the whole data set'),
  lr: withDefault(
    positive,
    0.001,
    'learning rate of local training; without effect under CyclicLR and OneCycleLR, which have rates of their own',
  ),
  weight_decay: withDefault(nonNegative, 0, "the optimizer's own L2 penalty"),
  mu: withDefault(nonNegative, 0.1, 'FedProx, FedAsync: how near local models stay to the global one'),
  l1_lambda: withDefault(nonNegative, 0, 'adds l1_lambda ‖w‖₁ to the local loss'),
  l2_lambda: withDefault(nonNegative, 0, 'adds (l2_lambda / 2) ‖w‖² to the local loss'),
  shuffle: withDefault(z.boolean(), true, 'rows in a new order each epoch; else as they stand in the files'),
  initial_weights: withDefault(
    z.enum(['random', 'zeros']),
    'random',
    'what the first round starts from, unless start_from names a model',
  ),
  seed: withDefault(
    z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER),
    42,
    'all that is drawn at random comes from it',
  ),
  patience: withDefault(
    count,
    10,
    'epochs without improvement after which local training stops, and rounds after which the run does',
  ),
  return: withDefault(
    z.enum(['best', 'last']),
    'best',
    'which global model is stored: that of the round with the lowest evaluation loss, or that of the last round',
  ),
  delta: withDefault(nonNegative, 0, 'what counts as an improvement of the loss'),
  cumulative_delta: withDefault(z.boolean(), false, 'improvements too small to count add up'),
  is_condensed: withDefault(z.boolean(), true, "Synergos' own; kept, without effect"),
  precision_fractional: withDefault(
    z.number().int().min(0).max(20),
    5,
    "Synergos' own; kept, without effect",
  ),

  criterion: withDefault(oneOf('criterion', criteria), 'BCELoss', "the local loss, by PyTorch's name"),
  reduction: withDefault(
    oneOf('reduction', reductions),
    'mean',
    'the gradient is of the mean of the criterion over a batch, or of its sum; reported losses are always means',
  ),
  weight: optional(
    classWeights,
    'CrossEntropyLoss, NLLLoss, MultiMarginLoss: weight of each class, in order; BCELoss, BCEWithLogitsLoss, MultiLabelSoftMarginLoss: of each output; null: 1',
  ),
  pos_weight: optional(
    z.union([nonNegative.transform((value) => [value]), classWeights]),
    'BCEWithLogitsLoss: weight of the positive rows, one number for each output; null: 1',
  ),
  label_smoothing: withDefault(
    share,
    0,
    'CrossEntropyLoss: share of a label that is spread evenly over all classes',
  ),
  ignore_index: withDefault(
    z.number().int(),
    -100,
    'CrossEntropyLoss, NLLLoss: index of the class whose rows do not count',
  ),
  beta: withDefault(nonNegative, 1, 'SmoothL1Loss: errors below it are squared; 0: none, as in L1Loss'),
  huber_delta: withDefault(positive, 1, "HuberLoss: errors below it are squared (PyTorch's delta)"),
  margin: withDefault(z.number(), 1, 'HingeEmbeddingLoss, MultiMarginLoss: margin'),
  p: withDefault(
    z.union([z.literal(1), z.literal(2)]),
    1,
    'MultiMarginLoss: power of a violated margin, 1 or 2',
  ),
  optimizer: withDefault(oneOf('optimizer', optimizers), 'SGD', "of local training, by PyTorch's name"),
  momentum: withDefault(share, 0, 'SGD, RMSprop: momentum'),
  dampening: withDefault(share, 0, 'SGD: dampening of the momentum'),
  nesterov: withDefault(z.boolean(), false, "SGD: Nesterov's momentum"),
  betas: withDefault(z.tuple([decay, decay]), [0.9, 0.999], 'Adam and its kin: decays of the running means'),
  eps: optional(positive, "added to denominators; null: the optimizer's own"),
  amsgrad: withDefault(z.boolean(), false, 'Adam, AdamW: the largest second moment so far'),
  alpha: withDefault(share, 0.99, 'RMSprop: smoothing; FedGKT has an argument of the same name'),
  rho: withDefault(share, 0.9, 'Adadelta: decay of the running means'),
  centered: withDefault(z.boolean(), false, 'RMSprop: by the variance of the gradient'),
  lr_decay: withDefault(
    nonNegative,
    0.1,
    'Adagrad: decay of the learning rate; LambdaLR: its factor after each epoch',
  ),

  lr_scheduler: z
    .preprocess(
      (given) => (given == null ? 'CyclicLR' : given === '' || given === 'None' ? 'none' : given),
      oneOf('lr_scheduler', schedulers),
    )
    .describe(
      "schedule of the learning rate within a local training, by PyTorch's name; null: none if lr is given without base_lr and max_lr, else CyclicLR, whose rates take lr's place",
    ) as unknown as z.ZodType<(typeof schedulers)[number]>,
  base_lr: withDefault(positive, 0.0005, 'CyclicLR: the lowest learning rate'),
  max_lr: withDefault(positive, 0.005, 'CyclicLR, OneCycleLR: the highest'),
  step_size_up: withDefault(count, 2000, 'CyclicLR: steps of the rising half'),
  step_size_down: optional(count, 'CyclicLR: steps of the falling half; null: as many'),
  mode: withDefault(
    z.string().refine((mode) => ['triangular', 'triangular2', 'exp_range', 'min', 'max'].includes(mode), {
      error: 'expected triangular, triangular2 or exp_range',
    }),
    'triangular',
    'CyclicLR: triangular, triangular2 or exp_range; ReduceLROnPlateau: min or max',
  ),
  scale_mode: optional(
    z.enum(['cycle', 'iterations']),
    'CyclicLR: counts cycles or batches to shrink the height by; null: triangular2 cycles, exp_range batches',
  ),
  gamma: optional(positive, 'factor of a decay; null: 1 for CyclicLR, 0.1 for the others'),
  cycle_momentum: withDefault(z.boolean(), true, 'CyclicLR, OneCycleLR: momentum goes against the rate'),
  base_momentum: withDefault(share, 0.8, 'CyclicLR, OneCycleLR: the lowest momentum'),
  max_momentum: withDefault(share, 0.9, 'CyclicLR, OneCycleLR: the highest momentum'),
  step_size: withDefault(count, 30, 'StepLR: epochs between two decays'),
  milestones: withDefault(z.array(count).max(1000), [30, 80], 'MultiStepLR: epochs of the decays'),
  factor: optional(positive, "ConstantLR, ReduceLROnPlateau: factor of the rate; null: PyTorch's"),
  total_iters: withDefault(count, 5, 'ConstantLR, LinearLR, PolynomialLR: epochs'),
  start_factor: withDefault(positive, 1 / 3, 'LinearLR: factor at first'),
  end_factor: withDefault(nonNegative, 1, 'LinearLR: factor at last'),
  power: withDefault(positive, 1, 'PolynomialLR: of the polynomial'),
  T_max: withDefault(count, 50, 'CosineAnnealingLR: epochs of half a period'),
  eta_min: withDefault(nonNegative, 0, 'CosineAnnealing…: the lowest learning rate'),
  T_0: withDefault(count, 10, 'CosineAnnealingWarmRestarts: epochs to the first restart'),
  T_mult: withDefault(count, 1, 'CosineAnnealingWarmRestarts: growth of the period'),
  pct_start: withDefault(share, 0.3, 'OneCycleLR: share of the rising part'),
  div_factor: withDefault(positive, 25, 'OneCycleLR: max_lr / the first rate'),
  final_div_factor: withDefault(positive, 10_000, 'OneCycleLR: the first rate / the last'),
  threshold: withDefault(nonNegative, 0.0001, 'ReduceLROnPlateau: what counts as an improvement'),
  cooldown: withDefault(
    z.number().int().nonnegative(),
    0,
    'ReduceLROnPlateau: epochs of rest after a reduction',
  ),
  min_lr: withDefault(nonNegative, 0, 'ReduceLROnPlateau: the lowest learning rate'),

  fraction_fit: withDefault(z.number().positive().max(1), 1, 'share of the participants that a round asks'),
  min_fit: withDefault(count, 1, 'fewest participants that a round asks, where there are as many'),
  selection: withDefault(
    oneOf('selection', selections),
    'uniform',
    'how they are chosen: drawn each time; nobody twice before everybody once; by their names in turn',
  ),
  cohort: optional(z.array(idSchema).min(1), 'only these participants train; null: all that are registered'),
  min_updates: optional(
    count,
    'fewest updates a round may end with; null: half of its cohort, and at least two if it asks two or more',
  ),
  start_from: optional(
    z.strictObject({ expt_id: idSchema, run_id: idSchema }),
    'a trained run of the same project whose global model the first round starts from; null: drawn from the seed',
  ),
  aggregator: optional(
    oneOf('aggregator', aggregators),
    "takes the place of the algorithm's own rule; null: that one",
  ),
  outlier_factor: withDefault(
    nonNegative,
    1000,
    'an update whose norm exceeds the median norm of its round by this factor, without rounds that of the last 32 updates, is dropped; 0 drops none',
  ),
  trim: withDefault(
    z
      .number()
      .min(0)
      .refine((trim) => trim < 0.5, { error: 'expected trim < 0.5: as much is cut at each end' }),
    0.1,
    'trimmed-mean: share of the values cut at each end, below 0.5; of three updates or more at least one value',
  ),
  byzantine: withDefault(
    z.number().int().nonnegative().max(MOST),
    0,
    'krum, multi-krum, bulyan: how many participants may be malicious; multi-krum and bulyan need at least 1',
  ),
  krum_selected: optional(count, 'multi-krum: how many updates are averaged; null: all but byzantine'),
  weiszfeld_iterations: withDefault(count.max(10_000), 50, 'geometric-median: most steps'),
  weiszfeld_smoothing: withDefault(positive, 1e-6, 'geometric-median: distances below it count as it'),
  clip_norm: withDefault(positive, 1, 'norm-clipping: largest norm of an update'),
  clip_quantile: optional(
    share,
    'norm-clipping: share of the updates that the adaptive bound lets through; null: clip_norm stays',
  ),
  clip_lr: withDefault(nonNegative, 0.2, 'norm-clipping: how fast the bound moves'),
  zero_above: optional(
    positive,
    'norm-clipping: an update of a larger norm is taken for broken and counts as zero; null: none',
  ),
  zero_norm: withDefault(
    oneOf('zero_norm', zeroNorms),
    'euclidean',
    'norm-clipping: which norm zero_above is of; max: the largest value',
  ),
  noise_multiplier: withDefault(
    nonNegative,
    0,
    'norm-clipping: differential privacy; noise of this times the bound / n in the mean, which is then uniform; 0: none',
  ),
  noise_mechanism: withDefault(
    oneOf('noise_mechanism', noiseMechanisms),
    'gaussian',
    'norm-clipping: noise of its own in each round, or of a tree over the rounds (DP-FTRL)',
  ),
  noise_count_stddev: optional(
    positive,
    'norm-clipping: of the noise in the number of updates within the adaptive bound; null: n / 20',
  ),
  clip_radius: withDefault(positive, 10, 'centered-clipping: how far one update may pull'),
  clip_iterations: withDefault(count.max(1000), 3, 'centered-clipping: steps'),
  value_bound: withDefault(positive, 1, 'fixed-point: values of an update are cut to it on both sides'),
  value_bits: withDefault(
    z.number().int().min(1).max(32),
    24,
    'fixed-point: so many bits has a value between the bounds',
  ),
  client_momentum: withDefault(
    z.number().min(0).lt(1),
    0,
    'participants send the momentum of their updates, which goes well with centered-clipping: β; 0: the updates',
  ),
  compression: withDefault(
    oneOf('compression', compressions),
    'none',
    'how updates travel; all but none lose a little',
  ),
  compression_keep: withDefault(z.number().positive().max(1), 0.1, "top-k: share of an update's values sent"),
  divergence_factor: withDefault(
    nonNegative,
    1000,
    "the run is stopped when a round's mean training loss is so many times the first round's; 0: never",
  ),
  round_deadline: optional(
    positive.max(30 * 86_400),
    'seconds that an answer may take; null: adapts to the answers of the participants, at most an hour; of a first answer at least five minutes',
  ),
});

export type RunArguments = z.infer<typeof runArgumentsSchema>;
