import type { ExchangeRound } from '../../exchange.js';
import { deriveSeed } from '../../model/random.js';
import type { BatchCriterion, LocalModel } from '../../training/local-model.js';
import { createEpochLosses, createPartTrainer } from '../../training/part-trainer.js';
import { cut, type FedSplitArguments } from './cut.js';
import { criterionOf, flat, sized } from './tensors.js';

/** The TTP's side of a round: each participant of the cohort takes its turn. */
export async function round(context: ExchangeRound<FedSplitArguments>) {
  const { model, cohort, args, compile, drop, signal } = context;
  const parts = cut(model, args);
  const middle = await compile(parts.middle, parts.top.length > 0 ? 'part' : 'whole');
  const trained = new Map<string, { samples: number; loss: number }>();
  let weights: Float32Array = context.weights.slice();
  for (const participant of cohort) {
    signal.throwIfAborted();
    try {
      // A turn that fails leaves the model as it was.
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
  { args, ask, round, components }: ExchangeRound<FedSplitArguments>,
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
  const ours = createPartTrainer({
    model: middle,
    weights: weights.subarray(lowerSize, lowerSize + middleSize),
    ...{ args, stepsPerEpoch, components },
  });
  let lastLoss = 0;
  const endBatch = createEpochLosses(stepsPerEpoch, (loss) => {
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
      criterion = criterionOf(head.tensors?.gradient);
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
