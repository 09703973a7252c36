import { outputKind, type Model, type Samples } from '@synergos/fed-algorithms';
import { MOST_CONFUSED_CLASSES, type EvaluateReply, type Evaluation } from '@synergos/rpc-core';
import {
  classificationNames,
  classificationStatistics,
  confusionOf,
  predictedClasses,
  twoClassScores,
} from '../metrics/classification.js';
import type { Inference } from '../metrics/inference.js';
import { regressionStatistics } from '../metrics/regression.js';
import type { Measurable } from './workload.js';

type Statistics = EvaluateReply['statistics'];

export function infer(
  { network, model }: Pick<Measurable, 'network' | 'model'>,
  weights: Float32Array,
  samples: Samples,
  action: 'regress' | 'classify',
): Inference {
  return outputsAsInference(network.predict(weights, samples), samples.count, model, action);
}

/** A model's outputs for `count` samples, read as what it says of them. */
export function outputsAsInference(
  outputs: Float32Array,
  count: number,
  model: Model,
  action: 'regress' | 'classify',
): Inference {
  if (action === 'regress') return { action, values: outputs };
  const width = outputs.length / count;
  const classes = Math.max(2, width);
  const scores = width === 1 ? twoClassScores(probabilities(outputs, model)) : outputs;
  return { action, classes, scores, labels: predictedClasses(scores, classes) };
}

interface Measured {
  readonly score: number | null;
  readonly statistics: Statistics;
  readonly confusion?: number[][];
}

/** Statistics as in the REST contract, and the one score of them that an evaluation reports. */
export function statisticsOf(inference: Inference, targets: Float32Array): Measured {
  if (inference.action === 'regress') {
    const { R2, MSE, MAE } = regressionStatistics(targets, inference.values);
    const statistics = { R2: finite(R2), MSE: finite(MSE), MAE: finite(MAE) };
    return { score: statistics.R2, statistics };
  }
  const { classes, scores, labels } = inference;
  // A row without a number for a score is in no class.
  if (scores.some(Number.isNaN)) return { score: null, statistics: undefinedStatistics(classes) };
  const right = labels.filter((label, sample) => label === targets[sample]).length;
  return {
    score: targets.length === 0 ? null : right / targets.length,
    statistics: classificationStatistics(targets, scores, classes),
    ...(classes <= MOST_CONFUSED_CLASSES && { confusion: confusionOf(targets, labels, classes) }),
  };
}

function undefinedStatistics(classes: number): Statistics {
  return Object.fromEntries(
    classificationNames.map((name) => [name, Array.from<null>({ length: classes }).fill(null)]),
  );
}

/** A model measured on a participant's data. */
export function score(
  workload: Pick<Measurable, 'network' | 'model'>,
  weights: Float32Array,
  samples: Samples,
  { action, features }: { readonly action: 'regress' | 'classify'; readonly features: readonly string[] },
): { readonly evaluation: Evaluation } & Omit<Measured, 'score'> {
  const measured = statisticsOf(infer(workload, weights, samples, action), samples.targets);
  const loss = finite(workload.network.loss(weights, samples));
  return {
    evaluation: {
      samples: samples.count,
      loss,
      score: measured.score,
      ...(loss === null && samples.count > 0 && { issue: noLossBecause(samples, features) }),
    },
    statistics: measured.statistics,
    ...(measured.confusion && { confusion: measured.confusion }),
  };
}

/** The square of a larger value is beyond float32. */
const LARGEST = 1e18;

/** Why a loss is not finite: names the column of the data that is the likely cause, never a value. */
function noLossBecause({ features, targets, count }: Samples, names: readonly string[]): string {
  const outlies = (value = 0) => !(Math.abs(value) < LARGEST);
  const width = features.length / count;
  const column = width === names.length ? names[features.findIndex(outlies) % width] : undefined;
  const named = column ?? (targets.some(outlies) ? 'target' : undefined);
  const where = named === undefined ? '' : `: column '${named}' holds values beyond ${LARGEST}`;
  return `the evaluation loss is not finite${where}`.slice(0, MOST_ISSUE_CHARACTERS);
}
const MOST_ISSUE_CHARACTERS = 300;

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

/** One unit's output as a probability, also where the model leaves the sigmoid to the criterion. */
function probabilities(outputs: Float32Array, model: Model): Float32Array {
  return outputKind(model) === 'sigmoid' ? outputs : outputs.map((logit) => 1 / (1 + Math.exp(-logit)));
}
