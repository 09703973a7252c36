import {
  runArgumentsSchema,
  type Action,
  type CriterionArguments,
  type CriterionName,
  type OutputKind,
} from '@synergos/fed-algorithms';
import { logLikelihood } from './criteria/log-likelihood.js';
import { multiMargin, ofOneUnit, type Margin } from './criteria/margins.js';
import { overScores, overValues, weighted } from './criteria/over-units.js';
import type { SampleLoss, ValueLoss } from './criteria/sample-loss.js';
import * as values from './criteria/value-losses.js';
import { ClassWithoutUnit } from './errors.js';

/**
 * A criterion over a batch, and its gradient with respect to the scores, which are written into `gradient`.
 * Scores are [count × units]: what enters a last sigmoid, softmax or log_softmax, and otherwise the output itself.
 */
export type Criterion = (scores: Float32Array, targets: Float32Array, gradient: Float32Array) => BatchLoss;

export interface BatchLoss {
  /** As `reduction` says: what the gradient is of. */
  readonly loss: number;
  readonly mean: number;
  /** What the mean is divided by: rows, or the sum of the weights of their classes. */
  readonly weight: number;
}

export interface CriterionReading {
  readonly criterion: CriterionName;
  readonly action: Action;
  readonly kind: OutputKind;
  readonly units: number;
  /** PyTorch's defaults for what is absent. */
  readonly given?: Partial<CriterionArguments> | undefined;
}

interface Reading extends CriterionReading {
  readonly given: CriterionArguments;
}

const defaults = runArgumentsSchema.parse({});

/**
 * PyTorch's criterion of that name and arguments, read together with the output.
 * The reading must have passed `checkCriterion`.
 */
export function createCriterion(wanted: CriterionReading): Criterion {
  const reading: Reading = { ...wanted, given: { ...defaults, ...wanted.given } };
  const { units, action, given } = reading;
  const classes = Math.max(units, 2);
  const { sampleLoss, terms } = sampleLossOf(reading);
  const weightOf = rowWeights(reading);
  const isSum = given.reduction === 'sum';
  return (scores, targets, gradient) => {
    let total = 0;
    let weight = 0;
    const count = targets.length;
    for (let row = 0; row < count; row++) {
      const target = targets[row]!;
      const start = row * units;
      const end = start + units;
      const rowWeight = weightOf(target);
      if (rowWeight === undefined) {
        gradient.fill(0, start, end);
        continue;
      }
      if (action === 'classify' && target >= classes) throw new ClassWithoutUnit(target, units);
      weight += rowWeight;
      total += sampleLoss(scores.subarray(start, end), target, gradient.subarray(start, end));
    }
    const mean = weight === 0 ? 0 : total / weight;
    if (isSum) for (let i = 0; i < gradient.length; i++) gradient[i]! *= terms;
    else if (weight > 0) for (let i = 0; i < gradient.length; i++) gradient[i]! /= weight;
    return { loss: isSum ? total * terms : mean, mean, weight };
  };
}

/** What a row counts in the mean; undefined: its class is ignored. */
function rowWeights({ criterion, given }: Reading): (target: number) => number | undefined {
  if (criterion !== 'CrossEntropyLoss' && criterion !== 'NLLLoss') return () => 1;
  const { weight, ignore_index } = given;
  return (target) => (target === ignore_index ? undefined : weight === null ? 1 : (weight[target] ?? 1));
}

/** The loss of a sample, and how many terms PyTorch's sum has of it where this is their mean. */
function sampleLossOf(reading: Reading): { readonly sampleLoss: SampleLoss; readonly terms: number } {
  const { criterion, kind, units, given } = reading;
  const { weight, label_smoothing: smoothing, pos_weight, margin, p } = given;
  const isDistribution = kind === 'softmax' || kind === 'log_softmax';
  const overOutputs = (loss: ValueLoss) => ({ sampleLoss: overValues(loss, kind), terms: units });
  const whole = (sampleLoss: SampleLoss, terms = 1) => ({ sampleLoss, terms });
  switch (criterion) {
    case 'L1Loss':
      return overOutputs(values.absolute);
    case 'MSELoss':
      return overOutputs(values.squared);
    case 'SmoothL1Loss':
      return overOutputs(values.smoothAbsolute(given.beta));
    case 'HuberLoss':
      return overOutputs(values.huber(given.huber_delta));
    case 'PoissonNLLLoss':
      return overOutputs(values.poisson);
    case 'HingeEmbeddingLoss':
      return overOutputs(values.hinge(margin));
    case 'BCELoss':
    case 'BCEWithLogitsLoss': {
      const positive = criterion === 'BCELoss' ? null : pos_weight;
      return isDistribution
        ? overOutputs(weighted(values.binaryCrossEntropy(positive), weight, units))
        : whole(overScores(weighted(values.logistic(positive), weight, units)), units);
    }
    // log(1 + exp(−y x)) with y = ±1 is the binary cross-entropy of the score.
    case 'SoftMarginLoss':
      return whole(overScores(values.logistic()), units);
    case 'MultiLabelSoftMarginLoss':
      return whole(overScores(weighted(values.logistic(), weight, units)));
    case 'CrossEntropyLoss':
      return whole(logLikelihood(kind, units, { weight, smoothing }));
    case 'NLLLoss':
      return whole(logLikelihood(kind, units, { weight, smoothing: 0 }));
    case 'KLDivLoss': {
      // Against one class the divergence is −log p; PyTorch takes its mean over the classes too.
      const classes = Math.max(units, 2);
      return whole(scaled(logLikelihood(kind, units, { weight: null, smoothing: 0 }), 1 / classes), classes);
    }
    case 'MultiMarginLoss':
      return whole(margins({ margin, power: p, weight }, units));
    case 'MultiLabelMarginLoss':
      return whole(margins({ margin: 1, power: 1, weight: null }, units));
  }
}

function margins(margin: Margin, units: number): SampleLoss {
  return units === 1 ? ofOneUnit(multiMargin(margin)) : multiMargin(margin);
}

function scaled(loss: SampleLoss, factor: number): SampleLoss {
  return (scores, target, gradient) => {
    const value = loss(scores, target, gradient);
    for (let unit = 0; unit < gradient.length; unit++) gradient[unit]! *= factor;
    return value * factor;
  };
}
