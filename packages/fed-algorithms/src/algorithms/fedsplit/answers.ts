import { AlgorithmsError } from '../../errors.js';
import type { ExchangeAnswer, Message, Tensor } from '../../exchange.js';
import { deriveSeed } from '../../model/random.js';
import { epochBatches } from '../../training/batches.js';
import type { LocalModel } from '../../training/local-model.js';
import { createEpochLosses, createPartTrainer, type PartTrainer } from '../../training/part-trainer.js';
import { createBatches, type Samples } from '../../training/samples.js';
import { cut, type FedSplitArguments } from './cut.js';
import { criterionOf, flat, sized } from './tensors.js';

/** A participant's turn, kept in memory between two questions. */
interface Turn {
  readonly lower: PartTrainer;
  readonly top: PartTrainer | undefined;
  readonly batches: readonly Uint32Array[];
  readonly samples: Samples;
  readonly takeBatch: (rows: Uint32Array) => Samples;
  readonly endBatch: (loss: number, count: number) => void;
  steps: number;
  batch: Samples | undefined;
}
/** Takes the gradient of the last batch's activations, if there was one, and answers with those of the next, or with its layers at the end. */
export async function step(context: ExchangeAnswer<FedSplitArguments>): Promise<Message> {
  const { message, session, seed, args } = context;
  const { lower, top, gradient } = message.tensors ?? {};
  if (gradient === undefined) session.set('turn', await beginTurn(context, lower, top));
  const turn = session.get('turn') as Turn | undefined;
  if (turn === undefined)
    throw new AlgorithmsError('session_lost', 'this worker was started again within its turn');
  if (gradient !== undefined && turn.batch !== undefined) {
    const { model, weights } = turn.lower;
    const pass = model.lossAndGradient(weights, turn.batch, deriveSeed(seed, turn.steps), {
      criterion: criterionOf(gradient),
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

/** U-shaped: runs the TTP's outputs through the last layers and answers with the gradient of these outputs. */
export async function head({ message, session, seed }: ExchangeAnswer<FedSplitArguments>): Promise<Message> {
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
  { model, args, compile, seed, ...context }: ExchangeAnswer<FedSplitArguments>,
  lower: Tensor | undefined,
  top: Tensor | undefined,
): Promise<Turn> {
  const parts = cut(model, args);
  const samples = await context.samples();
  const batches = Array.from({ length: args.epochs }, (_, epoch) =>
    epochBatches(samples.count, args, seed, epoch + 1),
  ).flat();
  const stepsPerEpoch = batches.length / args.epochs;
  const side = (network: LocalModel, tensor: Tensor | undefined) =>
    createPartTrainer({
      model: network,
      weights: sized(tensor, network.manifest.size).slice(),
      ...{ args, stepsPerEpoch, components: context.components },
    });
  const sides = {
    lower: side(await compile(parts.lower, 'part'), lower),
    top: parts.top.length === 0 ? undefined : side(await compile(parts.top), top),
  };
  return {
    ...sides,
    batches,
    samples,
    takeBatch: createBatches(samples),
    endBatch: createEpochLosses(stepsPerEpoch, (loss) => {
      sides.lower.endEpoch(loss);
      sides.top?.endEpoch(loss);
    }),
    steps: 0,
    batch: undefined,
  };
}
