import { sigmoid, softplus, type ValueLoss } from './sample-loss.js';

export const absolute: ValueLoss = (value, target) => [Math.abs(value - target), Math.sign(value - target)];

export const squared: ValueLoss = (value, target) => [(value - target) ** 2, 2 * (value - target)];

/** HuberLoss: ½ e² below delta, delta (|e| − ½ delta) above. */
export function huber(delta: number): ValueLoss {
  return (value, target) => {
    const error = value - target;
    return Math.abs(error) < delta
      ? [0.5 * error ** 2, error]
      : [delta * (Math.abs(error) - 0.5 * delta), delta * Math.sign(error)];
  };
}

/** SmoothL1Loss: the same over beta. */
export function smoothAbsolute(beta: number): ValueLoss {
  if (beta === 0) return absolute;
  const ofError = huber(beta);
  return (value, target, unit) => {
    const [loss, derivative] = ofError(value, target, unit);
    return [loss / beta, derivative / beta];
  };
}

export const poisson: ValueLoss = (value, target) => [
  Math.exp(value) - target * value,
  Math.exp(value) - target,
];

/** The output as a distance: small where the class is absent, at least the margin where it is present. */
export function hinge(margin: number): ValueLoss {
  return (value, target) => {
    if (target === 0) return [value, 1];
    // Written so that NaN is not taken for a margin that holds.
    return value >= margin ? [0, 0] : [margin - value, -1];
  };
}

/** Weights of a positive target for each unit, PyTorch's `pos_weight`. */
export type PositiveWeights = readonly number[] | null;

/** Of a probability. PyTorch's bounds: no logarithm below −100, no divisor below 1e-12. */
export function binaryCrossEntropy(weights: PositiveWeights): ValueLoss {
  return (p, target, unit) => {
    const [present, absent] = [(weights?.[unit] ?? 1) * target, 1 - target];
    const loss = -present * Math.max(Math.log(p), -100) - absent * Math.max(Math.log1p(-p), -100);
    return [loss, (absent * p - present * (1 - p)) / Math.max(p * (1 - p), 1e-12)];
  };
}

/** The same of a score, before its sigmoid. */
export function logistic(weights: PositiveWeights = null): ValueLoss {
  if (weights === null) return (score, target) => [softplus(score) - target * score, sigmoid(score) - target];
  return (score, target, unit) => {
    const [present, absent] = [(weights[unit] ?? 1) * target, 1 - target];
    return [
      present * softplus(-score) + absent * softplus(score),
      absent * sigmoid(score) - present * sigmoid(-score),
    ];
  };
}
