import { z } from 'zod';
import type { Algorithm } from '../algorithm.js';
import type { RunArguments } from '../arguments.js';
import { AlgorithmsError, InvalidArguments } from '../errors.js';
import type { ExchangeAnswer, ExchangeRound, Message, Tensor } from '../exchange.js';
import { createRandom, deriveSeed, type Model } from '../model/index.js';
import type { BatchCriterion, LocalModel } from '../training/local-model.js';
import { createOptimizer } from '../training/optimizers/create-optimizer.js';
import { createBatches, type Samples } from '../training/samples.js';
import { createScheduler } from '../training/schedulers/create-scheduler.js';
import { addPenalties } from '../training/train-locally.js';
import type { Vector } from '../vector.js';
import { cutModel } from './cut-model.js';

const fedSplitArguments = z.object({
  L: z.number().int().min(1).default(1).describe('layers below it run at the participants'),
  split: z
    .enum(['vanilla', 'u-shaped'])
    .default('u-shaped')
    .describe(
      'u-shaped: the last layers run at the participants, too, and labels stay there; vanilla: labels travel',
    ),
  head_layers: z
    .number()
    .int()
    .min(1)
    .default(1)
    .describe('u-shaped: how many last layers run at the participants'),
});
type Own = z.infer<typeof fedSplitArguments>;
type Args = RunArguments & Own;

/**
 * Split learning: participants take turns. For each batch one sends the activations of its lower layers, the TTP runs the
 * upper layers and returns the gradient at the cut; both step. Its lower layers then pass to the next. U-shaped, the last
 * layers are at the participant as well: outputs come back to it, and labels never leave.
 * Gupta & Raskar: Distributed learning of deep neural network over multiple agents (2018); Vepakomma, Gupta, Swedish &
 * Raskar: Split learning for health (2018).
 */
export const fedSplit: Algorithm<Own> = {
  name: 'FedSplit',
  summary: 'Split learning: the TTP runs the upper layers, batch by batch.',
  reads: [],
  paper:
    'Gupta & Raskar 2018, Distributed learning of deep neural network over multiple agents; Vepakomma et al. 2018, Split learning for health',
  arguments: fedSplitArguments,
  defaults: { mu: 0 },
  exchange: { round, answers: { step, head } },
};

/** Layers at the participants below and above those of the TTP; vanilla: none above. */
function cut(model: Model, { L, split, head_layers }: Args) {
  const { lower, upper, lowerSize } = cutModel(model, L);
  if (split === 'vanilla') return { lower, middle: upper, top: [], lowerSize };
  if (head_layers >= upper.length)
    throw new InvalidArguments([
      {
        path: 'head_layers',
        message: `nothing is left for the TTP: of ${model.length} layers ${L} are below the cut, expected head_layers < ${upper.length}, got ${head_layers}`,
      },
    ]);
  return { lower, middle: upper.slice(0, -head_layers), top: upper.slice(-head_layers), lowerSize };
}

async function round(context: ExchangeRound<Own>) {
  const { model, cohort, args, compile, drop, signal } = context;
  const parts = cut(model, args);
  const middle = await compile(parts.middle, parts.top.length > 0 ? 'part' : 'whole');
  const trained = new Map<string, { samples: number; loss: number }>();
  let weights: Float32Array = context.weights.slice();
  for (const participant of cohort) {
    signal.throwIfAborted();
    try {
      // A turn that breaks off leaves the model as it was.
      const turn = await takeTurn(context, middle, parts.lowerSize, participant, weights.slice());
      weights = turn.weights;
      trained.set(participant, turn);
    } catch (error) {
      await drop(participant, error);
    }
  }
  return { global: weights, trained };
}

async function takeTurn(
  { args, ask, round }: ExchangeRound<Own>,
  middle: LocalModel,
  lowerSize: number,
  participant: string,
  weights: Float32Array,
) {
  const middleSize = middle.manifest.size;
  let answer = await ask(participant, 'step', {
    tensors: {
      lower: flat(weights.subarray(0, lowerSize)),
      top: flat(weights.subarray(lowerSize + middleSize)),
    },
  });
  const stepsPerEpoch = answer.values?.steps_per_epoch ?? 1;
  const ours = createSide(middle, weights.subarray(lowerSize, lowerSize + middleSize), args, stepsPerEpoch);
  let lastLoss = 0;
  const endBatch = createEpochs(stepsPerEpoch, (loss) => {
    lastLoss = loss;
    ours.endEpoch(loss);
  });
  for (let steps = 0; answer.tensors?.activations !== undefined; steps++) {
    const { activations, labels } = answer.tensors;
    const [count = 0, ...shape] = activations.shape;
    const batch = {
      features: activations.data,
      shape,
      targets: labels?.data ?? new Float32Array(count),
      count,
    };
    const seed = deriveSeed(args.seed, round, participant, steps);
    let criterion: BatchCriterion | undefined;
    let loss: number | undefined;
    if (labels === undefined) {
      const outputs = middle.scores?.(ours.weights, batch, seed) ?? new Float32Array(0);
      const shapeOut = middle.outputShape?.(shape) ?? [];
      const head = await ask(participant, 'head', {
        tensors: { outputs: { shape: [count, ...shapeOut], data: outputs } },
      });
      criterion = given(head.tensors?.gradient);
      loss = head.values?.loss ?? 0;
    }
    const result = middle.lossAndGradient(ours.weights, batch, seed, {
      ofInput: true,
      ...(criterion && { criterion }),
    });
    ours.step(result.gradient);
    loss ??= result.loss;
    endBatch(loss, count);
    answer = await ask(participant, 'step', {
      values: { loss },
      tensors: { gradient: { shape: activations.shape, data: result.ofInput ?? new Float32Array(0) } },
    });
  }
  const { lower, top } = answer.tensors ?? {};
  weights.set(sized(lower, lowerSize));
  weights.set(sized(top, weights.length - lowerSize - middleSize), lowerSize + middleSize);
  return { weights, samples: answer.values?.samples ?? 0, loss: lastLoss };
}

/** A participant's turn, in its memory between two questions. */
interface Turn {
  readonly lower: Side;
  readonly top: Side | undefined;
  readonly batches: readonly Uint32Array[];
  readonly samples: Samples;
  readonly takeBatch: (rows: Uint32Array) => Samples;
  readonly endBatch: (loss: number, count: number) => void;
  steps: number;
  batch: Samples | undefined;
}
interface Side {
  readonly model: LocalModel;
  readonly weights: Float32Array;
  step(gradient: Vector): void;
  endEpoch(loss: number): void;
}

/** Takes the gradient of the last batch's activations, if there was one, and gives those of the next, or its layers at the end. */
async function step(context: ExchangeAnswer<Own>): Promise<Message> {
  const { message, session, seed, args } = context;
  const { lower, top, gradient } = message.tensors ?? {};
  if (gradient === undefined) session.set('turn', await beginTurn(context, lower, top));
  const turn = session.get('turn') as Turn | undefined;
  if (turn === undefined)
    throw new AlgorithmsError('session_lost', 'this worker was started again within its turn');
  if (gradient !== undefined && turn.batch !== undefined) {
    const { model, weights } = turn.lower;
    const pass = model.lossAndGradient(weights, turn.batch, deriveSeed(seed, turn.steps), {
      criterion: given(gradient),
    });
    turn.lower.step(pass.gradient);
    turn.endBatch(message.values?.loss ?? 0, turn.batch.count);
    turn.steps++;
  }
  const rows = turn.batches[turn.steps];
  if (rows === undefined) {
    session.delete('turn');
    return {
      values: { samples: turn.samples.count },
      tensors: { lower: flat(turn.lower.weights), ...(turn.top && { top: flat(turn.top.weights) }) },
    };
  }
  const batch = (turn.batch = turn.takeBatch(rows));
  const { model, weights } = turn.lower;
  const activations = model.scores?.(weights, batch, deriveSeed(seed, turn.steps)) ?? new Float32Array(0);
  return {
    values: { steps_per_epoch: turn.batches.length / args.epochs },
    tensors: {
      activations: { shape: [batch.count, ...(model.outputShape?.(batch.shape) ?? [])], data: activations },
      ...(turn.top === undefined && { labels: { shape: [batch.count], data: batch.targets } }),
    },
  };
}

/** U-shaped: takes the TTP's outputs through the last layers, and gives the gradient of these outputs. */
async function head({ message, session, seed }: ExchangeAnswer<Own>): Promise<Message> {
  const turn = session.get('turn') as Turn | undefined;
  const { outputs } = message.tensors ?? {};
  if (turn?.top === undefined || turn.batch === undefined || outputs === undefined)
    throw new AlgorithmsError('session_lost', 'this worker was started again within its turn');
  const { model, weights } = turn.top;
  const batch = { ...turn.batch, features: outputs.data, shape: outputs.shape.slice(1) };
  const { loss, gradient, ofInput } = model.lossAndGradient(
    weights,
    batch,
    deriveSeed(seed, 'head', turn.steps),
    { ofInput: true },
  );
  turn.top.step(gradient);
  return {
    values: { loss },
    tensors: { gradient: { shape: outputs.shape, data: ofInput ?? new Float32Array(0) } },
  };
}

async function beginTurn(
  { model, args, compile, seed, ...context }: ExchangeAnswer<Own>,
  lower: Tensor | undefined,
  top: Tensor | undefined,
): Promise<Turn> {
  const parts = cut(model, args);
  const samples = await context.samples();
  const size = Math.min(args.batch_size ?? samples.count, samples.count);
  const batches = Array.from({ length: args.epochs }, (_, epoch) => {
    const order = args.shuffle
      ? createRandom(deriveSeed(seed, 'order', epoch + 1)).permutation(samples.count)
      : Uint32Array.from({ length: samples.count }, (_, row) => row);
    return Array.from({ length: Math.ceil(samples.count / size) }, (_, index) =>
      order.subarray(index * size, (index + 1) * size),
    );
  }).flat();
  const stepsPerEpoch = batches.length / args.epochs;
  const side = (network: LocalModel, tensor: Tensor | undefined) =>
    createSide(network, sized(tensor, network.manifest.size).slice(), args, stepsPerEpoch);
  const sides = {
    lower: side(await compile(parts.lower, 'part'), lower),
    top: parts.top.length === 0 ? undefined : side(await compile(parts.top), top),
  };
  return {
    ...sides,
    batches,
    samples,
    takeBatch: createBatches(samples),
    endBatch: createEpochs(stepsPerEpoch, (loss) => {
      sides.lower.endEpoch(loss);
      sides.top?.endEpoch(loss);
    }),
    steps: 0,
    batch: undefined,
  };
}

/** Layers with an optimizer of their own, which moves `weights` in place. */
function createSide(model: LocalModel, weights: Float32Array, args: Args, stepsPerEpoch: number): Side {
  const optimizer = createOptimizer(args, model.manifest, weights);
  const scheduler = createScheduler({ args, settings: optimizer.settings, stepsPerEpoch });
  return {
    model,
    weights,
    step(gradient) {
      addPenalties(gradient, weights, args);
      optimizer.step(weights, gradient);
      scheduler.afterBatch?.();
    },
    endEpoch: (loss) => scheduler.afterEpoch?.(loss),
  };
}

/** Takes the mean loss of each batch, and tells that of each epoch: on both sides the same, so that schedules go together. */
function createEpochs(stepsPerEpoch: number, endEpoch: (loss: number) => void) {
  let [sum, rows, steps] = [0, 0, 0];
  return (loss: number, count: number) => {
    sum += loss * count;
    rows += count;
    if (++steps % stepsPerEpoch !== 0) return;
    endEpoch(sum / rows);
    [sum, rows] = [0, 0];
  };
}

/** A criterion whose gradient is known. */
function given(gradient: Tensor | undefined): BatchCriterion {
  return (scores, _batch, ofScores) => {
    ofScores.set(sized(gradient, scores.length));
    return 0;
  };
}

function flat(data: Float32Array): Tensor {
  return { shape: [data.length], data: data.slice() };
}

function sized(tensor: Tensor | undefined, size: number): Float32Array {
  const data = tensor?.data ?? new Float32Array(0);
  if (data.length === size) return data;
  throw new AlgorithmsError('wrong_shape', `expected a tensor of ${size} values, got ${data.length}`);
}
