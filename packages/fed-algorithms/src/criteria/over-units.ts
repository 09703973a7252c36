import type { OutputKind } from './criterion-type.js';
import { sigmoid, softmax, type SampleLoss, type ValueLoss } from './sample-loss.js';

/** Mean over a sample's scores. Classify: the target of one unit is its class index, of more units 1 for the class. */
export function overScores(loss: ValueLoss): SampleLoss {
  return (scores, target, gradient) => {
    const units = scores.length;
    let sum = 0;
    for (let unit = 0; unit < units; unit++) {
      const [value, derivative] = loss(scores[unit]!, unitTarget(target, unit, units), unit);
      sum += value;
      gradient[unit] = derivative / units;
    }
    return sum / units;
  };
}

/** Mean over the values that the last activation makes of the scores. */
export function overValues(loss: ValueLoss, kind: OutputKind): SampleLoss {
  if (kind === 'scores') return overScores(loss);
  if (kind === 'sigmoid')
    return overScores((score, target, unit) => {
      const p = sigmoid(score);
      const [value, derivative] = loss(p, target, unit);
      return [value, derivative * p * (1 - p)];
    });
  return (scores, target, gradient) => {
    const units = scores.length;
    const shares = softmax(scores);
    let sum = 0;
    let mean = 0;
    const derivatives = shares.map((p, unit) => {
      const [value, derivative] = loss(p, unitTarget(target, unit, units), unit);
      sum += value;
      mean += p * derivative;
      return derivative;
    });
    for (let unit = 0; unit < units; unit++)
      gradient[unit] = (shares[unit]! * (derivatives[unit]! - mean)) / units;
    return sum / units;
  };
}

/** The loss of each unit times its weight; of a single unit with two weights, those of its classes. */
export function weighted(loss: ValueLoss, weight: readonly number[] | null, units: number): ValueLoss {
  if (weight === null) return loss;
  const ofClasses = units === 1 && weight.length === 2;
  return (value, target, unit) => {
    const [unweighted, derivative] = loss(value, target, unit);
    const factor = weight[ofClasses ? target : unit] ?? 1;
    return [factor * unweighted, factor * derivative];
  };
}

function unitTarget(target: number, unit: number, units: number): number {
  return units === 1 ? target : Number(target === unit);
}
