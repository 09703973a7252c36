import { z } from 'zod';
import type { Algorithm } from '../algorithm.js';
import { InvalidArguments } from '../errors.js';
import type { ExchangeAnswer, ExchangeRound, Tensor } from '../exchange.js';
import { deriveSeed, endingOf, initialiseWeights, parseModel, type Model } from '../model/index.js';
import type { BatchCriterion, LocalModel } from '../training/local-model.js';
import type { Samples } from '../training/samples.js';
import { trainLocally } from '../training/train-locally.js';
import { cutModel, joinVectors } from './cut-model.js';
import { distillation } from './distillation.js';

const fedGktArguments = z.object({
  L: z
    .number()
    .int()
    .min(1)
    .default(1)
    .describe('layers below it are the extractor at the participants, the others are of the TTP'),
  temperature: z.number().positive().default(3).describe('T: softens logits; the divergence is scaled by T²'),
  alpha: z.number().nonnegative().default(1).describe('weight of the labels in the loss of the TTP'),
  whether_distill_on_the_server: z
    .boolean()
    .default(true)
    .describe("whether the TTP learns from the participants' logits"),
  server_epochs: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(1)
    .describe('epochs of the TTP in each round'),
});
type Own = z.infer<typeof fedGktArguments>;

/**
 * Group knowledge transfer: a participant trains its own small extractor and classifier, CE + KL to the TTP's
 * logits, and sends features, logits and labels; the TTP trains the large upper model on the features of all,
 * KL + α · CE, and sends each its logits back. Extractors never leave: a participant uses its own below the global upper part.
 * He, Annavaram & Avestimehr: Group Knowledge Transfer (2020).
 */
export const fedGkt: Algorithm<Own> = {
  name: 'FedGKT',
  summary: 'Small extractors at the participants and a large model at the TTP teach each other.',
  reads: [],
  paper: 'He et al. 2020, Group Knowledge Transfer: Federated Learning of Large CNNs at the Edge',
  arguments: fedGktArguments,
  defaults: { mu: 0 },
  check: ({ alpha, whether_distill_on_the_server }) => {
    if (alpha === 0 && !whether_distill_on_the_server)
      throw new InvalidArguments([
        {
          path: 'alpha',
          message:
            'the TTP learns from labels, logits or both: without distillation expected alpha > 0, got 0',
        },
      ]);
  },
  client: {
    localTensors: ({ tensors }, { L }) => tensors.filter(({ name }) => Number.parseInt(name, 10) < L),
  },
  exchange: { round, answers: { distil } },
};

/** The TTP's side: trains the upper part on what all participants sent. */
async function round({
  action,
  model,
  weights,
  kept,
  cohort,
  args,
  compile,
  askAll,
  signal,
  ...context
}: ExchangeRound<Own>) {
  if (action !== 'classify')
    throw new InvalidArguments([
      { path: 'algorithm', message: 'FedGKT distils class probabilities: the project must classify' },
    ]);
  const { upper, lowerSize } = cutModel(model, args.L);
  const network = await compile(upper);
  const answers = await askAll(cohort, 'distil', (participant) => {
    const logits = kept[`logits.${participant}`];
    return { tensors: logits === undefined ? {} : { logits } };
  });
  const sent = new Map([...answers].map(([name, { tensors = {} }]) => [name, samplesOf(tensors)]));
  const all = together([...sent.values()]);
  const trained =
    all === undefined
      ? weights.subarray(lowerSize)
      : (
          await trainLocally({
            model: withCriterion(
              network,
              distillation({
                ...args,
                ofLabels: args.alpha,
                ofTeacher: Number(args.whether_distill_on_the_server),
              }),
            ),
            samples: all,
            start: weights.subarray(lowerSize),
            args: { ...args, epochs: args.server_epochs },
            components: context.components,
            seed: deriveSeed(args.seed, context.round, 'server'),
            signal,
          })
        ).weights;
  return {
    global: joinVectors(weights.subarray(0, lowerSize), trained),
    keep: {
      // A participant that missed this round keeps the logits it received last.
      ...kept,
      ...Object.fromEntries(
        [...sent].map(([name, samples]) => {
          const data = network.scores(trained, samples);
          return [`logits.${name}`, { shape: [samples.count, data.length / samples.count], data }];
        }),
      ),
    },
    trained: new Map(
      [...answers].map(([name, { values }]) => [
        name,
        { samples: values?.samples ?? 0, loss: values?.loss ?? 0 },
      ]),
    ),
  };
}

/** The participant's side: trains extractor and classifier, and sends features and logits of its rows. */
async function distil({
  model,
  args,
  global,
  compile,
  message,
  state,
  seed,
  signal,
  ...context
}: ExchangeAnswer<Own>) {
  const samples = await context.samples();
  const { lower, lowerSize } = cutModel(model, args.L);
  const extractor = await compile(lower, 'part');
  const whole = await compile(model);
  const shape = extractor.outputShape(samples.shape);
  const classifier = classifierOn(shape, whole.outputShape(samples.shape)[0] ?? 1, model);
  const student = await compile([...lower, ...classifier]);
  const head =
    state.head ??
    initialiseWeights(classifier, (await compile(classifier)).manifest, deriveSeed(seed, 'head'));
  const teacher = message.tensors?.logits?.data;
  const { weights, loss } = await trainLocally({
    model: withCriterion(student, distillation({ ...args, ofLabels: 1, ofTeacher: 1 })),
    samples: teacher?.length === undefined ? samples : { ...samples, teacher },
    start: joinVectors((state.local ?? global).subarray(0, lowerSize), head),
    args,
    components: context.components,
    seed,
    signal,
  });
  const flat = Float32Array.from(weights);
  state.local = joinVectors(flat.subarray(0, lowerSize), global.subarray(lowerSize));
  state.head = flat.slice(lowerSize);
  const features = extractor.predict(flat.subarray(0, lowerSize), samples);
  const logits = student.scores(flat, samples);
  return {
    values: { samples: samples.count, loss },
    tensors: {
      features: { shape: [samples.count, ...shape], data: features },
      logits: { shape: [samples.count, logits.length / samples.count], data: logits },
      labels: { shape: [samples.count], data: samples.targets },
    },
  };
}

/** A small classifier on an extractor's features, with the model's own last activation. */
function classifierOn(shape: readonly number[], units: number, model: Model): Model {
  const inputs = shape.reduce((size, length) => size * length, 1);
  const flatten = shape.length > 1 ? [{ l_type: 'Flatten', structure: {} }] : [];
  const activation = endingOf(model);
  return parseModel([
    ...flatten,
    { l_type: 'Linear', structure: { in_features: inputs, out_features: units }, activation },
  ]);
}

function samplesOf({ features, logits, labels }: Readonly<Record<string, Tensor>>): Samples {
  if (features === undefined || logits === undefined || labels === undefined)
    throw new Error('an answer to distil holds features, logits and labels');
  const [count = 0, ...shape] = features.shape;
  return { features: features.data, shape, targets: labels.data, count, teacher: logits.data };
}

function together(parts: readonly Samples[]): Samples | undefined {
  const first = parts[0];
  if (first === undefined) return undefined;
  const join = (values: (part: Samples) => Float32Array) =>
    parts.map(values).reduce((joined, next) => joinVectors(joined, next));
  return {
    features: join(({ features }) => features),
    shape: first.shape,
    targets: join(({ targets }) => targets),
    count: parts.reduce((sum, { count }) => sum + count, 0),
    teacher: join(({ teacher }) => teacher ?? new Float32Array(0)),
  };
}

function withCriterion(model: LocalModel, criterion: BatchCriterion): LocalModel {
  return {
    ...model,
    lossAndGradient: (weights, batch, seed) => model.lossAndGradient(weights, batch, seed, { criterion }),
  };
}
