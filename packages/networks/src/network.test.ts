import {
  createManifest,
  createRandom,
  initialiseWeights,
  parseModel,
  type Model,
  type Samples,
} from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { backends } from '../test/backends.js';
import { compileNetwork } from './network.js';

const classify = { criterion: 'CrossEntropyLoss', action: 'classify' } as const;

const softmaxRegression = parseModel([
  { activation: 'softmax', is_input: true, l_type: 'Linear', structure: { in_features: 4, out_features: 3 } },
]);

const convolutional = parseModel([
  {
    l_type: 'Conv2d',
    structure: { in_channels: 2, out_channels: 3, kernel_size: 3, padding: 1 },
    activation: 'tanh',
  },
  { l_type: 'BatchNorm2d', structure: { num_features: 3 }, activation: 'silu' },
  { l_type: 'AvgPool2d', structure: { kernel_size: 2 } },
  {
    l_type: 'Conv2d',
    structure: { in_channels: 3, out_channels: 2, kernel_size: 2, stride: 1 },
    activation: null,
  },
  { l_type: 'Flatten', structure: {} },
  { l_type: 'LayerNorm', structure: { normalized_shape: 8 }, activation: '' },
  { l_type: 'Linear', structure: { in_features: 8, out_features: 3 }, activation: 'log_softmax' },
]);

describe.each(backends)("a network on the backend '%s'", (backend) => {
  it('has the gradient that finite differences show', async () => {
    const network = await compileNetwork(convolutional, { ...classify, backend });
    const weights = startOf(convolutional);
    const batch = randomSamples([2, 6, 6], 4);
    const { gradient } = network.lossAndGradient(weights.slice(), batch, 1);
    const step = 1e-2;
    const lossAt = (index: number, change: number) => {
      const moved = weights.slice();
      moved[index]! += change;
      return network.lossAndGradient(moved, batch, 1).loss;
    };
    for (const { name, offset, size, trainable } of network.manifest.tensors) {
      if (!trainable) continue;
      for (const index of [offset, offset + size - 1]) {
        const slope = (lossAt(index, step) - lossAt(index, -step)) / (2 * step);
        expect(Math.abs(gradient[index]! - slope), name).toBeLessThan(1e-3);
      }
    }
  });

  it('leaves no tensor behind', async () => {
    const network = await compileNetwork(convolutional, { ...classify, backend });
    const weights = startOf(convolutional);
    const batch = randomSamples([2, 6, 6], 4);
    network.lossAndGradient(weights, batch, 1);
    const before = tf.memory().numTensors;
    for (let seed = 0; seed < 5; seed++) network.lossAndGradient(weights, batch, seed);
    network.predict(weights, batch);
    network.loss(weights, batch);
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('all backends compute the same within rounding', async () => {
  const batch = randomSamples([2, 6, 6], 4);
  const [first, ...others] = await Promise.all(
    backends.map(async (backend) => {
      const network = await compileNetwork(convolutional, { ...classify, backend });
      return network.lossAndGradient(startOf(convolutional), batch, 1).gradient;
    }),
  );
  for (const other of others)
    expect(Math.max(...first!.map((value, i) => Math.abs(value - other[i]!)))).toBeLessThan(1e-5);
});

it('training moves running statistics in the weights, and nothing else', async () => {
  const network = await compileNetwork(convolutional, classify);
  const before = startOf(convolutional);
  const after = before.slice();
  const { gradient } = network.lossAndGradient(after, randomSamples([2, 6, 6], 4), 1);
  for (const { name, offset, size, trainable } of network.manifest.tensors) {
    const changed = after.subarray(offset, offset + size).some((value, i) => value !== before[offset + i]);
    expect(changed, name).toBe(!trainable);
    if (!trainable) expect(gradient.subarray(offset, offset + size).every((value) => value === 0)).toBe(true);
  }
});

it('predictions do not depend on how the samples are cut into batches', async () => {
  const network = await compileNetwork(softmaxRegression, classify);
  const weights = startOf(softmaxRegression);
  const samples = randomSamples([4], 5000);
  const predictions = network.predict(weights, samples);
  expect(predictions.length).toBe(5000 * 3);
  for (const row of [0, 4095, 4096, 4999]) {
    const one = { ...samples, count: 1, features: samples.features.slice(row * 4, row * 4 + 4) };
    const alone = network.predict(weights, one);
    alone.forEach((value, unit) => expect(predictions[row * 3 + unit]).toBeCloseTo(value, 6));
  }
  const mean = Array.from(samples.targets, (target, row) => -Math.log(predictions[row * 3 + target]!));
  expect(network.loss(weights, samples)).toBeCloseTo(mean.reduce((a, b) => a + b) / 5000, 5);
});

it('a last activation may be a layer', async () => {
  const written = (activation: string | null, ...rest: object[]) =>
    parseModel([{ l_type: 'Linear', structure: { in_features: 4, out_features: 3 }, activation }, ...rest]);
  const asActivation = await compileNetwork(written('softmax'), classify);
  const asLayer = await compileNetwork(
    written(null, { l_type: 'Softmax', structure: { dim: -1 } }),
    classify,
  );
  const weights = startOf(softmaxRegression);
  const samples = randomSamples([4], 8);
  expect(asLayer.lossAndGradient(weights, samples, 1)).toEqual(
    asActivation.lossAndGradient(weights, samples, 1),
  );
  expect(asLayer.predict(weights, samples)).toEqual(asActivation.predict(weights, samples));
  expect(asLayer.scores(weights, samples)).toEqual(asActivation.scores(weights, samples));
});

describe('criterion arguments', () => {
  const compile = (criterionArguments: object) =>
    compileNetwork(softmaxRegression, { ...classify, criterionArguments });
  const weights = startOf(softmaxRegression);

  it('reduction sum multiplies the gradient by the rows, and the loss stays a mean', async () => {
    const samples = randomSamples([4], 8);
    const mean = (await compile({})).lossAndGradient(weights, samples, 1);
    const sum = (await compile({ reduction: 'sum' })).lossAndGradient(weights, samples, 1);
    expect(sum.loss).toBe(mean.loss);
    sum.gradient.forEach((value, i) => expect(value).toBeCloseTo(8 * mean.gradient[i]!, 5));
  });

  it('class weights weigh rows in the loss of all batches together', async () => {
    const samples = randomSamples([4], 5000);
    const network = await compile({ weight: [4, 1, 0.5], ignore_index: 1 });
    const predictions = network.predict(weights, samples);
    let [total, divisor] = [0, 0];
    for (const [row, target] of samples.targets.entries()) {
      if (target === 1) continue;
      total -= [4, 1, 0.5][target]! * Math.log(predictions[row * 3 + target]!);
      divisor += [4, 1, 0.5][target]!;
    }
    expect(network.loss(weights, samples)).toBeCloseTo(total / divisor, 5);
  });

  it('a batch whose rows are all ignored has neither loss nor gradient', async () => {
    const samples = { ...randomSamples([4], 2), targets: Float32Array.of(1, 1) };
    const network = await compile({ ignore_index: 1 });
    const { loss, gradient } = network.lossAndGradient(weights, samples, 1);
    expect([loss, ...gradient]).toEqual([0, ...Array<number>(15).fill(0)]);
  });

  it('a list of another length is refused by name', async () => {
    await expect(compile({ weight: [1, 2] })).rejects.toThrow('expected 3, got 2');
  });
});

it('dropout follows its seed in training, and is off in evaluation', async () => {
  const model = parseModel([
    { l_type: 'Dropout', structure: { p: 0.5 } },
    { l_type: 'Linear', structure: { in_features: 4, out_features: 3 }, activation: 'softmax' },
  ]);
  const network = await compileNetwork(model, classify);
  const weights = startOf(model);
  const samples = randomSamples([4], 8);
  const lossOf = (seed: number) => network.lossAndGradient(weights, samples, seed).loss;
  expect(lossOf(1)).toBe(lossOf(1));
  expect(lossOf(1)).not.toBe(lossOf(2));
  const plain = await compileNetwork(softmaxRegression, classify);
  expect(network.predict(weights, samples)).toEqual(plain.predict(weights, samples));
});

it('an embedding refuses what is not one of its indices', async () => {
  const model = parseModel([
    { l_type: 'Embedding', structure: { num_embeddings: 3, embedding_dim: 2 } },
    { l_type: 'MeanOverSteps' },
    { l_type: 'Linear', structure: { in_features: 2, out_features: 3 }, activation: 'softmax' },
  ]);
  const network = await compileNetwork(model, classify);
  for (const value of [3, -1, 0.5, NaN]) {
    const samples = { ...randomSamples([2], 1), features: Float32Array.of(0, value) };
    expect(() => network.predict(startOf(model), samples)).toThrow(
      expect.objectContaining({ code: 'index_without_embedding' }),
    );
  }
});

it('dropout within recurrent and attention layers follows the seed, and is off in evaluation', async () => {
  const modelWith = (dropout: number) =>
    parseModel([
      { l_type: 'Unflatten', structure: { dim: 1, unflattened_size: [2, 2] } },
      { l_type: 'TransformerEncoderLayer', structure: { d_model: 2, nhead: 1, dim_feedforward: 4, dropout } },
      { l_type: 'GRU', structure: { input_size: 2, hidden_size: 4, num_layers: 2, dropout } },
      { l_type: 'LastStep' },
      { l_type: 'Linear', structure: { in_features: 4, out_features: 3 }, activation: 'softmax' },
    ]);
  const [dropping, plain] = await Promise.all(
    [0.5, 0].map((dropout) => compileNetwork(modelWith(dropout), classify)),
  );
  const weights = startOf(modelWith(0));
  const samples = randomSamples([4], 8);
  const lossOf = (seed: number) => dropping!.lossAndGradient(weights.slice(), samples, seed).loss;
  expect(lossOf(1)).toBe(lossOf(1));
  expect(lossOf(1)).not.toBe(lossOf(2));
  expect(dropping!.predict(weights, samples)).toEqual(plain!.predict(weights, samples));
});

it('refuses samples that do not fit the model, and classes that have no output', async () => {
  const network = await compileNetwork(softmaxRegression, classify);
  const weights = startOf(softmaxRegression);
  expect(() => network.predict(weights, randomSamples([5], 2))).toThrow(
    'model.0.structure.in_features: expected 5 (the input), got 4',
  );
  const samples = { ...randomSamples([4], 1), targets: Float32Array.of(3) };
  expect(() => network.loss(weights, samples)).toThrow(
    expect.objectContaining({ code: 'class_without_unit' }),
  );
});

it('refuses a criterion that makes no sense on the output', async () => {
  const compiled = compileNetwork(softmaxRegression, { criterion: 'PoissonNLLLoss', action: 'classify' });
  await expect(compiled).rejects.toThrow(
    'criterion: PoissonNLLLoss does not fit a softmax output to classify',
  );
});

function startOf(model: Model): Float32Array {
  return initialiseWeights(model, createManifest(model), 3);
}

function randomSamples(shape: number[], count: number): Samples {
  const random = createRandom(11);
  const size = shape.reduce((product, length) => product * length, count);
  return {
    features: Float32Array.from({ length: size }, () => random.uniform(-1, 1)),
    shape,
    targets: Float32Array.from({ length: count }, (_, row) => row % 3),
    count,
  };
}
