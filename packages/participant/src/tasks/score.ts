import { outputKind, type Model } from '@synergos/fed-algorithms';
import type { EvaluateReply, Evaluation } from '@synergos/rpc-core';
import { classificationStatistics, predictedClasses, twoClassScores } from '../metrics/classification.js';
import { regressionStatistics } from '../metrics/regression.js';
import type { Samples } from '../training/index.js';
import type { Workload } from './workload.js';

/** A model measured on a participant's data: loss, score, and statistics as in the REST contract. */
export function score(
  { network, model }: Pick<Workload, 'network' | 'model'>,
  weights: Float32Array,
  samples: Samples,
  action: 'regress' | 'classify',
): { readonly evaluation: Evaluation; readonly statistics: EvaluateReply['statistics'] } {
  const predictions = network.predict(weights, samples);
  const measured = { samples: samples.count, loss: network.loss(weights, samples) };
  if (action === 'regress') {
    const statistics = regressionStatistics(samples.targets, predictions);
    return { evaluation: { ...measured, score: statistics.R2 }, statistics };
  }
  const outputs = predictions.length / samples.count;
  const classes = Math.max(2, outputs);
  const scores = outputs === 1 ? twoClassScores(probabilities(predictions, model)) : predictions;
  const right = predictedClasses(scores, classes).filter(
    (label, sample) => label === samples.targets[sample],
  ).length;
  return {
    evaluation: { ...measured, score: samples.count === 0 ? null : right / samples.count },
    statistics: classificationStatistics(samples.targets, scores, classes),
  };
}

/** One unit's output as a probability, also where the model leaves the sigmoid to the criterion. */
function probabilities(outputs: Float32Array, model: Model): Float32Array {
  return outputKind(model) === 'sigmoid' ? outputs : outputs.map((logit) => 1 / (1 + Math.exp(-logit)));
}
