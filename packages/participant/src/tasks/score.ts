import type { OutputKind, Samples, Trainer, Vector } from '@synergos/fed-algorithms';
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
import type { Action } from '../pipelines/pipeline.js';

type Statistics = EvaluateReply['statistics'];

/** Applies a model to samples. */
export async function infer(
  trainer: Trainer,
  weights: Vector,
  samples: Samples,
  action: Action,
): Promise<Inference> {
  const outputs = await trainer.predict(weights, samples);
  return outputsAsInference(outputs, samples.count, trainer.describe().output, action);
}

/** Interprets a model's outputs for `count` samples. */
export function outputsAsInference(
  outputs: Float32Array,
  count: number,
  output: OutputKind,
  action: Action,
): Inference {
  if (action === 'regress') return { action, values: outputs };
  const width = outputs.length / count;
  const classes = Math.max(2, width);
  const scores = width === 1 ? twoClassScores(probabilities(outputs, output)) : outputs;
  return { action, classes, scores, labels: predictedClasses(scores, classes) };
}

interface Measured {
  readonly score: number | null;
  readonly statistics: Statistics;
  readonly confusion?: number[][];
}

/** Computes the statistics of the REST contract, and the score that an evaluation reports. */
export function statisticsOf(inference: Inference, targets: Float32Array): Measured {
  if (inference.action === 'regress') {
    const { R2, MSE, MAE } = regressionStatistics(targets, inference.values);
    const statistics = { R2: finite(R2), MSE: finite(MSE), MAE: finite(MAE) };
    return { score: statistics.R2, statistics };
  }
  const { classes, scores, labels } = inference;
  // A row whose score is NaN is in no class.
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

/** Evaluates a model on a participant's data. */
export async function score(
  trainer: Trainer,
  weights: Vector,
  samples: Samples,
  { action, features }: { readonly action: Action; readonly features: readonly string[] },
): Promise<{ readonly evaluation: Evaluation } & Omit<Measured, 'score'>> {
  const measured = statisticsOf(await infer(trainer, weights, samples, action), samples.targets);
  const loss = finite(await trainer.evaluate(weights, samples));
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

/** The square of a larger value overflows float32. */
const LARGEST = 1e18;

/** Explains a loss that is not finite: names the column that is the likely cause, never a value. */
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

/** Outputs of one unit as probabilities, also if the model leaves the sigmoid to the criterion. */
function probabilities(outputs: Float32Array, output: OutputKind): Float32Array {
  return output === 'sigmoid' ? outputs : outputs.map((logit) => 1 / (1 + Math.exp(-logit)));
}
