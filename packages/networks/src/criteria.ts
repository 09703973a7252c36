import type { Action, CriterionName, OutputKind } from '@synergos/fed-algorithms';
import { ClassWithoutUnit } from './errors.js';

/**
 * Mean criterion over a batch, and its gradient with respect to the scores, which are written into `gradient`.
 * Scores are [count × units]: what enters a last sigmoid, softmax or log_softmax, and otherwise the output itself.
 */
export type Criterion = (scores: Float32Array, targets: Float32Array, gradient: Float32Array) => number;

export interface CriterionReading {
  readonly criterion: CriterionName;
  readonly action: Action;
  readonly kind: OutputKind;
  readonly units: number;
}

/** Loss of one sample; writes its gradient. `target`: class index (classify) or value (regress). */
type SampleLoss = (scores: Float32Array, target: number, gradient: Float32Array) => number;

/** Loss and derivative of one output value against its target: 0/1 (classify) or a value (regress). */
type ValueLoss = (value: number, target: number) => readonly [loss: number, derivative: number];

/**
 * PyTorch's criterion of that name with its default arguments, read together with the output: see the table below.
 * The pair must have passed `checkCriterion`.
 */
export function createCriterion(reading: CriterionReading): Criterion {
  const { units, action } = reading;
  const classes = Math.max(units, 2);
  const sampleLoss = sampleLossOf(reading);
  return (scores, targets, gradient) => {
    let sum = 0;
    const count = targets.length;
    for (let row = 0; row < count; row++) {
      if (action === 'classify' && targets[row]! >= classes) throw new ClassWithoutUnit(targets[row]!, units);
      const start = row * units;
      const end = start + units;
      sum += sampleLoss(scores.subarray(start, end), targets[row]!, gradient.subarray(start, end));
    }
    for (let i = 0; i < gradient.length; i++) gradient[i]! /= count;
    return sum / count;
  };
}

function sampleLossOf(reading: CriterionReading): SampleLoss {
  const { criterion, kind, units } = reading;
  const isDistribution = kind === 'softmax' || kind === 'log_softmax';
  switch (criterion) {
    case 'L1Loss':
      return overValues(absolute, reading);
    case 'MSELoss':
      return overValues(squared, reading);
    // With their default arguments (beta = delta = 1) these two are one.
    case 'SmoothL1Loss':
    case 'HuberLoss':
      return overValues(huber, reading);
    case 'PoissonNLLLoss':
      return overValues(poisson, reading);
    case 'HingeEmbeddingLoss':
      return overValues(hinge, reading);
    case 'BCELoss':
    case 'BCEWithLogitsLoss':
      return isDistribution ? overValues(binaryCrossEntropy, reading) : overScores(logistic);
    // log(1 + exp(−y x)) with y = ±1 is the binary cross-entropy of the score.
    case 'SoftMarginLoss':
    case 'MultiLabelSoftMarginLoss':
      return overScores(logistic);
    case 'CrossEntropyLoss':
    case 'NLLLoss':
      return logLikelihood(kind, units);
    case 'KLDivLoss':
      // Against one class the divergence is −log p; PyTorch takes its mean over the classes too.
      return scaled(logLikelihood(kind, units), 1 / Math.max(units, 2));
    case 'MultiLabelMarginLoss':
      return units === 1 ? marginOfOne : margin;
  }
}

const sigmoid = (x: number) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

const absolute: ValueLoss = (value, target) => [Math.abs(value - target), Math.sign(value - target)];
const squared: ValueLoss = (value, target) => [(value - target) ** 2, 2 * (value - target)];
const huber: ValueLoss = (value, target) => {
  const error = value - target;
  return Math.abs(error) < 1 ? [0.5 * error ** 2, error] : [Math.abs(error) - 0.5, Math.sign(error)];
};
const poisson: ValueLoss = (value, target) => [Math.exp(value) - target * value, Math.exp(value) - target];
/** The output as a distance: small where the class is absent, at least 1 where it is present. */
const hinge: ValueLoss = (value, target) => {
  if (target === 0) return [value, 1];
  return value < 1 ? [1 - value, -1] : [0, 0];
};
const binaryCrossEntropy: ValueLoss = (p, target) => {
  // PyTorch's bounds: no logarithm below −100, no divisor below 1e-12.
  const loss = -target * Math.max(Math.log(p), -100) - (1 - target) * Math.max(Math.log1p(-p), -100);
  return [loss, (p - target) / Math.max(p * (1 - p), 1e-12)];
};
const logistic: ValueLoss = (score, target) => [softplus(score) - target * score, sigmoid(score) - target];

/** Classify: the target of one unit is its class index, of more units 1 for the sample's class. */
function unitTarget(target: number, unit: number, units: number): number {
  return units === 1 ? target : Number(target === unit);
}

function overScores(loss: ValueLoss): SampleLoss {
  return (scores, target, gradient) => {
    const units = scores.length;
    let sum = 0;
    for (let unit = 0; unit < units; unit++) {
      const [value, derivative] = loss(scores[unit]!, unitTarget(target, unit, units));
      sum += value;
      gradient[unit] = derivative / units;
    }
    return sum / units;
  };
}

/** Mean of a loss over the values that the last activation makes of the scores. */
function overValues(loss: ValueLoss, { kind }: CriterionReading): SampleLoss {
  if (kind === 'scores') return overScores(loss);
  if (kind === 'sigmoid')
    return overScores((score, target) => {
      const p = sigmoid(score);
      const [value, derivative] = loss(p, target);
      return [value, derivative * p * (1 - p)];
    });
  return (scores, target, gradient) => {
    const units = scores.length;
    const shares = softmax(scores);
    let sum = 0;
    let mean = 0;
    const derivatives = shares.map((p, unit) => {
      const [value, derivative] = loss(p, unitTarget(target, unit, units));
      sum += value;
      mean += p * derivative;
      return derivative;
    });
    for (let unit = 0; unit < units; unit++)
      gradient[unit] = (shares[unit]! * (derivatives[unit]! - mean)) / units;
    return sum / units;
  };
}

/** −log of the probability of the sample's class. */
function logLikelihood(kind: OutputKind, units: number): SampleLoss {
  if (units === 1) return overScores(logistic);
  if (kind === 'sigmoid')
    return (scores, target, gradient) => {
      gradient.fill(0);
      gradient[target] = sigmoid(scores[target]!) - 1;
      return softplus(-scores[target]!);
    };
  return (scores, target, gradient) => {
    gradient.set(softmax(scores));
    gradient[target]! -= 1;
    return logSumExp(scores) - scores[target]!;
  };
}

function scaled(loss: SampleLoss, factor: number): SampleLoss {
  return (scores, target, gradient) => {
    const value = loss(scores, target, gradient);
    for (let unit = 0; unit < gradient.length; unit++) gradient[unit]! *= factor;
    return value * factor;
  };
}

/** Σ over the other classes of max(0, 1 − (x_y − x_c)), over the number of classes. */
const margin: SampleLoss = (scores, target, gradient) => {
  const units = scores.length;
  gradient.fill(0);
  let sum = 0;
  for (let unit = 0; unit < units; unit++) {
    const violation = 1 - (scores[target]! - scores[unit]!);
    if (unit === target || violation <= 0) continue;
    sum += violation;
    gradient[unit]! += 1 / units;
    gradient[target]! -= 1 / units;
  }
  return sum / units;
};

/** The two-class form of one unit: class 0 has the score 0. */
const marginOfOne: SampleLoss = (scores, target, gradient) => {
  const pair = new Float32Array(2);
  const loss = margin(Float32Array.of(0, scores[0]!), target, pair);
  gradient[0] = pair[1]!;
  return loss;
};

function logSumExp(scores: Float32Array): number {
  const largest = scores.reduce((a, b) => Math.max(a, b));
  return largest + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - largest), 0));
}

function softmax(scores: Float32Array): number[] {
  const total = logSumExp(scores);
  return Array.from(scores, (score) => Math.exp(score - total));
}
