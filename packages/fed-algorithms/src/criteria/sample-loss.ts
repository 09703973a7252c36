/** Loss of one sample; writes its gradient. `target`: class index (classify) or value (regress). */
export type SampleLoss = (scores: Float32Array, target: number, gradient: Float32Array) => number;

/** Loss and derivative of one output value against its target: 0/1 (classify) or a value (regress). */
export type ValueLoss = (
  value: number,
  target: number,
  unit: number,
) => readonly [loss: number, derivative: number];

export const sigmoid = (x: number) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
export const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

export function logSumExp(scores: Float32Array): number {
  const largest = scores.reduce((a, b) => Math.max(a, b));
  return largest + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - largest), 0));
}

export function softmax(scores: Float32Array): number[] {
  const total = logSumExp(scores);
  return Array.from(scores, (score) => Math.exp(score - total));
}

/** A loss times a factor. */
export function scaled(loss: SampleLoss, factor: number): SampleLoss {
  return (scores, target, gradient) => {
    const value = loss(scores, target, gradient);
    for (let unit = 0; unit < gradient.length; unit++) gradient[unit]! *= factor;
    return value * factor;
  };
}
