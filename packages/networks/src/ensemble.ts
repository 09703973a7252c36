import {
  ensembleManifest,
  outputKind,
  type Model,
  type Samples,
  type Vector,
} from '@synergos/fed-algorithms';
import { createCriterion } from './criteria.js';
import { compileNetwork, type Network, type NetworkOptions } from './network.js';

/** Keeps logarithms of probabilities finite. */
const SMALLEST = 1e-7;

/** Evaluates and predicts: a network, or an ensemble of networks. */
export type Predictor = Pick<Network, 'manifest' | 'loss' | 'predict'>;

/** An ensemble of `count` networks of one model: its output is the mean of theirs, weighted by their shares. */
export async function compileEnsemble(
  model: Model,
  options: NetworkOptions & { readonly criterion: NonNullable<NetworkOptions['criterion']> },
  count: number,
): Promise<Predictor> {
  const network = await compileNetwork(model, options);
  const { size } = network.manifest;
  const kind = outputKind(model);
  // Probabilities are averaged, not their logarithms.
  const isLogarithm = kind === 'log_softmax';

  function predict(weights: Vector, samples: Samples): Float32Array {
    const shares = weights.subarray(count * size);
    let mean = new Float32Array(0);
    for (let member = 0; member < count; member++) {
      const outputs = network.predict(weights.subarray(member * size, (member + 1) * size), samples);
      if (member === 0) mean = new Float32Array(outputs.length);
      for (let i = 0; i < mean.length; i++)
        mean[i]! += shares[member]! * (isLogarithm ? Math.exp(outputs[i]!) : outputs[i]!);
    }
    return isLogarithm ? mean.map(Math.log) : mean;
  }

  return {
    manifest: ensembleManifest(network.manifest, count),
    predict,
    loss(weights, samples) {
      const outputs = predict(weights, samples);
      const units = outputs.length / samples.count;
      const criterion = createCriterion({
        criterion: options.criterion,
        action: options.action,
        kind,
        units,
        given: options.criterionArguments,
        components: options.components,
      });
      return criterion(scoresOf(outputs, kind), samples.targets, new Float32Array(outputs.length)).mean;
    },
  };
}

/** Scores whose sigmoid or softmax are these outputs: criteria read scores. */
function scoresOf(outputs: Float32Array, kind: ReturnType<typeof outputKind>): Float32Array {
  if (kind === 'scores' || kind === 'log_softmax') return outputs;
  const clamp = (p: number) => Math.min(Math.max(p, SMALLEST), 1 - SMALLEST);
  return outputs.map((value) => {
    const p = clamp(value);
    return kind === 'sigmoid' ? Math.log(p / (1 - p)) : Math.log(p);
  });
}
