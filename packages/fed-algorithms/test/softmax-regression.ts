import type { BatchCriterion, LocalModel, Samples, Vector } from '../src/index.js';

/** Softmax regression in plain loops, W [features × classes] then b, in whatever precision its weights have. */
export function softmaxRegression(features: number, classes: number): LocalModel {
  const size = (features + 1) * classes;
  const tensors = [
    { name: 'w', shape: [features, classes], offset: 0, size: features * classes, trainable: true },
    { name: 'b', shape: [classes], offset: features * classes, size: classes, trainable: true },
  ];

  function probabilities(weights: Vector, { features: x }: Samples, row: number): Float64Array {
    const scores = Float64Array.from({ length: classes }, (_, c) => {
      let sum = weights[features * classes + c]!;
      for (let f = 0; f < features; f++) sum += x[row * features + f]! * weights[f * classes + c]!;
      return sum;
    });
    const largest = scores.reduce((a, b) => Math.max(a, b));
    const exps = scores.map((score) => Math.exp(score - largest));
    const total = exps.reduce((a, b) => a + b);
    return exps.map((value) => value / total);
  }

  return {
    manifest: { tensors, size },
    lossAndGradient(weights, batch, _seed, options?: { criterion?: BatchCriterion }) {
      if (options?.criterion !== undefined) throw new Error('this model has a criterion of its own');
      const gradient = weights.slice().fill(0);
      let loss = 0;
      for (let row = 0; row < batch.count; row++) {
        const p = probabilities(weights, batch, row);
        const target = batch.targets[row]!;
        loss -= Math.log(p[target]!) / batch.count;
        for (let c = 0; c < classes; c++) {
          const error = (p[c]! - Number(c === target)) / batch.count;
          gradient[features * classes + c]! += error;
          for (let f = 0; f < features; f++)
            gradient[f * classes + c]! += error * batch.features[row * features + f]!;
        }
      }
      return { loss, gradient };
    },
    loss(weights, samples) {
      let sum = 0;
      for (let row = 0; row < samples.count; row++)
        sum -= Math.log(probabilities(weights, samples, row)[samples.targets[row]!]!);
      return sum / samples.count;
    },
    predict(weights, samples) {
      const outputs = new Float32Array(samples.count * classes);
      for (let row = 0; row < samples.count; row++)
        outputs.set(probabilities(weights, samples, row), row * classes);
      return outputs;
    },
  };
}

/** Share of the rows whose class is the likeliest. */
export function accuracy(model: LocalModel, weights: Vector, samples: Samples): number {
  const outputs = model.predict(weights, samples);
  const classes = outputs.length / samples.count;
  let right = 0;
  for (let row = 0; row < samples.count; row++) {
    const scores = outputs.subarray(row * classes, (row + 1) * classes);
    if (scores.indexOf(scores.reduce((a, b) => Math.max(a, b))) === samples.targets[row]) right++;
  }
  return right / samples.count;
}
