import type { OutputKind } from './criterion-type.js';
import { overScores } from './over-units.js';
import { logSumExp, sigmoid, softmax, softplus, type SampleLoss } from './sample-loss.js';
import { logistic } from './value-losses.js';

export interface Labels {
  readonly weight: readonly number[] | null;
  readonly smoothing: number;
}

/**
 * Σ_c a_c · −log p_c with a_c = (1 − ε) w_y at the sample's class y, and ε/C · w_c more for every class:
 * PyTorch's cross entropy with class weights w and label smoothing ε.
 */
export function logLikelihood(kind: OutputKind, units: number, labels: Labels): SampleLoss {
  const classes = Math.max(units, 2);
  const { weight, smoothing } = labels;
  const spread = (one: number) => (smoothing / classes) * (weight?.[one] ?? 1);
  const shares = (target: number) => {
    const all = new Float64Array(classes);
    if (smoothing > 0) for (let one = 0; one < classes; one++) all[one] = spread(one);
    all[target]! += (1 - smoothing) * (weight?.[target] ?? 1);
    return all;
  };

  const isPlain = smoothing === 0 && weight === null;
  if (units === 1 && isPlain) return overScores(logistic());
  if (units === 1)
    return (scores, target, gradient) => {
      const [absent, present] = shares(target) as unknown as [number, number];
      const score = scores[0]!;
      gradient[0] = absent * sigmoid(score) - present * sigmoid(-score);
      return absent * softplus(score) + present * softplus(-score);
    };
  if (kind === 'sigmoid')
    return (scores, target, gradient) => {
      let loss = 0;
      for (const [one, share] of shares(target).entries()) {
        gradient[one] = share === 0 ? 0 : share * (sigmoid(scores[one]!) - 1);
        if (share > 0) loss += share * softplus(-scores[one]!);
      }
      return loss;
    };
  if (isPlain)
    return (scores, target, gradient) => {
      gradient.set(softmax(scores));
      gradient[target]! -= 1;
      return logSumExp(scores) - scores[target]!;
    };
  return (scores, target, gradient) => {
    const total = logSumExp(scores);
    const all = shares(target);
    const sum = all.reduce((a, b) => a + b, 0);
    let loss = 0;
    for (const [one, share] of all.entries()) {
      gradient[one] = sum * Math.exp(scores[one]! - total) - share;
      loss += share * (total - scores[one]!);
    }
    return loss;
  };
}

/** Rows weigh as much as their class; those of the ignored class do not count. */
export function rowWeights(
  weight: readonly number[] | null,
  ignored: number,
): (target: number) => number | undefined {
  return (target) => (target === ignored ? undefined : weight === null ? 1 : (weight[target] ?? 1));
}
