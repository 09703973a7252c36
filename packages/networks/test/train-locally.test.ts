import {
  createLocalTrainer,
  createManifest,
  createRandom,
  fedProx,
  initialiseWeights,
  parseModel,
  runArgumentsSchema,
  trainClient,
  trainLocally,
  type Action,
  type LocalTraining,
  type Model,
  type Samples,
  type Vector,
} from '@synergos/fed-algorithms';
import { expect, it } from 'vitest';
import { compileNetwork } from '../src/network.js';
import { clusters } from './clusters.js';

const softmaxRegression = parseModel([
  { activation: 'softmax', is_input: true, l_type: 'Linear', structure: { in_features: 2, out_features: 3 } },
]);
const plain = { lr_scheduler: 'none', criterion: 'CrossEntropyLoss', mu: 0 };

it('softmax regression learns three clusters', async () => {
  const training = await prepare(softmaxRegression, clusters(150), {
    ...plain,
    lr: 0.5,
    epochs: 20,
    batch_size: 16,
  });
  const losses: number[] = [];
  const result = await trainLocally({ ...training, onEpoch: (_epoch, loss) => losses.push(loss) });
  expect(result).toMatchObject({ epochs: 20, steps: 20 * 10, stoppedEarly: false, loss: losses.at(-1) });
  expect(accuracy(training, result.weights)).toBeGreaterThan(0.97);
  expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);
});

it('the same seed gives the same bytes, another seed others', async () => {
  const training = await prepare(softmaxRegression, clusters(50), { ...plain, epochs: 3, batch_size: 16 });
  const [first, second, other] = await Promise.all([
    trainLocally(training),
    trainLocally(training),
    trainLocally({ ...training, seed: 2 }),
  ]);
  expect(Buffer.from(first.weights.buffer).equals(Buffer.from(second.weights.buffer))).toBe(true);
  expect(first.weights).not.toEqual(other.weights);
});

it('a step of SGD over the whole set goes against the gradient with its penalties', async () => {
  const penalties = { l1_lambda: 0.3, l2_lambda: 0.2 };
  const training = await prepare(softmaxRegression, clusters(30), {
    ...plain,
    ...penalties,
    lr: 0.1,
    epochs: 1,
  });
  const { weights, steps } = await trainLocally(training);
  const { gradient } = training.model.lossAndGradient(training.start.slice(), training.samples, 0);
  expect(steps).toBe(1);
  for (const [i, start] of training.start.entries())
    expect(weights[i]).toBeCloseTo(start - 0.1 * (gradient[i]! + 0.3 * Math.sign(start) + 0.2 * start), 6);
});

it('FedProx keeps the local model nearer to the global one, the more so the larger mu', async () => {
  const distances = [];
  for (const mu of [0, 1, 10]) {
    const args = { ...plain, mu, lr: 0.05, epochs: 30, batch_size: 16 };
    const training = await prepare(softmaxRegression, clusters(60), args);
    const { update } = await trainClient({
      ...training,
      trainer: createLocalTrainer(training.model),
      algorithm: fedProx,
      global: training.start,
      received: {},
      state: undefined,
      round: 1,
    });
    distances.push(Math.hypot(...update));
  }
  expect(distances[1]).toBeLessThan(distances[0]!);
  expect(distances[2]).toBeLessThan(distances[1]! / 2);
});

it('a small convolutional network distinguishes horizontal from vertical bars', async () => {
  const model = parseModel([
    { l_type: 'Conv2d', structure: { in_channels: 1, out_channels: 4, kernel_size: 3 }, activation: 'relu' },
    { l_type: 'BatchNorm2d', structure: { num_features: 4 } },
    { l_type: 'MaxPool2d', structure: { kernel_size: 2 } },
    { l_type: 'Flatten', structure: {} },
    { l_type: 'Linear', structure: { in_features: 16, out_features: 1 }, activation: 'sigmoid' },
  ]);
  const args = { ...plain, criterion: 'BCELoss', optimizer: 'Adam', lr: 0.02, epochs: 20, batch_size: 10 };
  const training = await prepare(model, bars(40), args);
  const { weights } = await trainLocally(training);
  expect(accuracy(training, weights)).toBeGreaterThan(0.95);
});

it('training stops once the loss has not improved for `patience` epochs', async () => {
  const args = { ...plain, lr: 1e-6, delta: 0.01, patience: 3, epochs: 50 };
  const training = await prepare(softmaxRegression, clusters(30), args);
  expect(await trainLocally(training)).toMatchObject({ epochs: 4, stoppedEarly: true });
});

it('an aborted training ends with the reason, and lets timers run meanwhile', async () => {
  const training = await prepare(softmaxRegression, clusters(30), {
    ...plain,
    epochs: 1_000_000,
    patience: 1_000_000,
  });
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('the round is over')), 50);
  await expect(trainLocally({ ...training, signal: controller.signal })).rejects.toThrow('the round is over');
});

it('a loss beyond the finite numbers is an error that names the learning rate', async () => {
  const model = parseModel([{ l_type: 'Linear', structure: { in_features: 2, out_features: 1 } }]);
  const args = { ...plain, criterion: 'MSELoss', lr: 1e10, epochs: 50 };
  const training = await prepare(model, clusters(30), args, 'regress');
  await expect(trainLocally(training)).rejects.toMatchObject({
    code: 'diverged',
    message: expect.stringContaining('10000000000') as string,
  });
});

async function prepare(
  model: Model,
  samples: Samples,
  given: object,
  action: Action = 'classify',
): Promise<LocalTraining> {
  const args = runArgumentsSchema.parse(given);
  const start = initialiseWeights(model, createManifest(model), 5);
  return {
    model: await compileNetwork(model, { criterion: args.criterion, action }),
    samples,
    start,
    args,
    seed: 1,
    signal: new AbortController().signal,
  };
}

/** 6 × 6 images with one bright row (class 0) or column (class 1). */
function bars(count: number): Samples {
  const random = createRandom(4);
  const targets = Float32Array.from({ length: count }, (_, row) => row % 2);
  const features = Float32Array.from({ length: count * 36 }, () => random.uniform(0, 0.2));
  for (const [image, vertical] of targets.entries()) {
    const line = random.integer(6);
    for (let i = 0; i < 6; i++) features[image * 36 + (vertical ? i * 6 + line : line * 6 + i)] = 1;
  }
  return { features, shape: [1, 6, 6], targets, count };
}

function accuracy({ model, samples }: LocalTraining, weights: Vector): number {
  const predictions = model.predict(weights, samples);
  const units = predictions.length / samples.count;
  const right = samples.targets.filter((target, row) => {
    const scores = predictions.subarray(row * units, (row + 1) * units);
    return (units === 1 ? Number(scores[0]! > 0.5) : scores.indexOf(Math.max(...scores))) === target;
  });
  return right.length / samples.count;
}
