import type { LocalModel } from '../src/index.js';

/** y = xW without bias, W [inputs × outputs]; the loss is the mean over rows of Σ |y − t|: what pfl-research's tests train. */
export function absoluteErrorModel(inputs: number, outputs: number): LocalModel {
  const size = inputs * outputs;
  const tensors = [{ name: '0.weight', shape: [inputs, outputs], offset: 0, size, trainable: true }];
  const model: LocalModel = {
    manifest: { tensors, size },
    lossAndGradient(weights, batch) {
      const gradient = weights.slice().fill(0);
      for (const [at, y] of model.predict(weights, batch).entries()) {
        const [row, output] = [Math.floor(at / outputs), at % outputs];
        const slope = Math.sign(y - batch.targets[at]!) / batch.count;
        for (let i = 0; i < inputs; i++)
          gradient[i * outputs + output]! += slope * batch.features[row * inputs + i]!;
      }
      return { loss: model.loss(weights, batch), gradient };
    },
    loss: (weights, samples) =>
      model
        .predict(weights, samples)
        .reduce((sum, y, at) => sum + Math.abs(y - samples.targets[at]!) / samples.count, 0),
    predict: (weights, { features, count }) =>
      Float32Array.from({ length: count * outputs }, (_, at) => {
        const [row, output] = [Math.floor(at / outputs), at % outputs];
        let y = 0;
        for (let i = 0; i < inputs; i++) y += features[row * inputs + i]! * weights[i * outputs + output]!;
        return y;
      }),
  };
  return model;
}
