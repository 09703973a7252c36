import {
  createRandom,
  createRegistry,
  parseRunArguments,
  trainClient,
  type Samples,
  type Trainer,
  type TrainerProvider,
  type TrainerTask,
} from '@synergos/fed-algorithms';
import { beforeAll, describe, expect, it } from 'vitest';
import { createLayersProvider } from '../../src/training/layers.js';
import { affineProvider } from './affine-provider.js';

const registry = createRegistry();
const COUNT = 24;
const random = createRandom(3);
/** target = 2a − b + 0.5 */
const samples: Samples = (() => {
  const features = Float32Array.from({ length: 2 * COUNT }, () => random.uniform(-1, 1));
  const targets = Float32Array.from(
    { length: COUNT },
    (_, row) => 2 * features[2 * row]! - features[2 * row + 1]! + 0.5,
  );
  return { features, shape: [2], targets, count: COUNT };
})();
const linear = [{ l_type: 'Linear', structure: { in_features: 2, out_features: 1 }, activation: '' }];

interface Case {
  readonly provider: TrainerProvider;
  readonly model: unknown;
  readonly tensors: TrainerTask['tensors'];
}
const cases: readonly Case[] = [
  {
    provider: createLayersProvider('cpu'),
    model: linear,
    tensors: [
      { name: '0.weight', shape: [1, 2] },
      { name: '0.bias', shape: [1] },
    ],
  },
  {
    provider: affineProvider,
    model: { kind: 'affine' },
    tensors: [
      { name: 'slope', shape: [2] },
      { name: 'intercept', shape: [1] },
    ],
  },
];

const argumentsOf = (algorithm: string, change: object = {}) =>
  parseRunArguments(registry, {
    algorithm,
    criterion: 'MSELoss',
    epochs: 20,
    lr: 0.2,
    lr_scheduler: 'none',
    ...change,
  }).arguments;

describe.each(cases)('trainer of $provider.kind', ({ provider, model, tensors }) => {
  const args = argumentsOf('FedAvg', { mu: 0 });
  const start = Float32Array.of(0.1, -0.2, 0.3);
  const { signal } = new AbortController();
  const training = { samples, start, args, seed: 1, signal };
  let trainer: Trainer;
  beforeAll(async () => {
    trainer = await provider.open({ model, action: 'regress', args, tensors });
  });

  it('describes the named tensors of the global model', () => {
    const { manifest, output } = trainer.describe();
    expect(manifest.tensors.map(({ name, shape }) => ({ name, shape: [...shape] }))).toEqual(tensors);
    expect(manifest.size).toBe(3);
    expect(output).toBe('scores');
  });

  it('refuses a global model with other tensors, and names both', async () => {
    const other = [{ name: 'other', shape: [3] }];
    await expect(provider.open({ model, action: 'regress', args, tensors: other })).rejects.toThrow(
      new RegExp(`the global model holds other\\[3\\]; .* needs? ${tensors[0]!.name.replace('.', '\\.')}\\[`),
    );
  });

  it('trains a copy of the start to a lower loss, the same weights each time', async () => {
    const losses: number[] = [];
    const result = await trainer.train({ ...training, onEpoch: (_epoch, loss) => losses.push(loss) });
    expect([...start]).toEqual([...Float32Array.of(0.1, -0.2, 0.3)]);
    expect(losses).toHaveLength(20);
    expect(result).toMatchObject({ epochs: 20, steps: 20, stoppedEarly: false });
    const [before, after] = [
      await trainer.evaluate(start, samples),
      await trainer.evaluate(result.weights, samples),
    ];
    expect(after).toBeLessThan(before / 10);
    expect((await trainer.train(training)).weights).toEqual(result.weights);
  });

  it('corrects the gradient before each step', async () => {
    let steps = 0;
    const { weights } = await trainer.train({
      ...training,
      correctGradient: (gradient) => {
        steps++;
        gradient.fill(0);
      },
    });
    // Early stopping may end the training.
    expect(steps).toBeGreaterThan(1);
    expect(weights).toEqual(start);
  });

  it('computes a gradient that agrees with the loss', async () => {
    const gradient = (await trainer.gradient?.(start, samples, 1)) ?? [];
    for (const at of start.keys()) {
      const [above, below] = [start.slice(), start.slice()];
      above[at]! += 0.01;
      below[at]! -= 0.01;
      const [high, low] = [await trainer.evaluate(above, samples), await trainer.evaluate(below, samples)];
      expect(gradient[at]).toBeCloseTo((high - low) / 0.02, 3);
    }
  });

  it('predicts an output per sample', async () => {
    const outputs = await trainer.predict(Float32Array.of(2, -1, 0.5), samples);
    for (const [row, target] of samples.targets.entries()) expect(outputs[row]).toBeCloseTo(target, 5);
  });

  it('stops with the reason of the signal', async () => {
    const aborted = AbortSignal.abort(new Error('the round is over'));
    await expect(trainer.train({ ...training, signal: aborted })).rejects.toThrow('the round is over');
  });

  it.each(['FedAvg', 'FedProx', 'SCAFFOLD', 'FedDyn', 'FedNova', 'q-FedAvg', 'Ditto', 'FedBN', 'FedPrune'])(
    'runs the client side of %s',
    async (name) => {
      const algorithm = registry.get(name);
      const sent = (algorithm.server?.sends ?? []).map((one) => [one, new Float32Array(3)] as const);
      const { update, trained } = await trainClient({
        algorithm,
        args: argumentsOf(name),
        trainer,
        samples,
        global: start,
        received: Object.fromEntries(sent),
        state: undefined,
        round: 1,
        seed: 1,
        signal,
      });
      expect(update).toHaveLength(3);
      expect(await trainer.evaluate(trained.weights, samples)).toBeLessThan(
        await trainer.evaluate(start, samples),
      );
    },
  );

  it.each([
    ['SCAFFOLD', { correctsGradients: false }, /SCAFFOLD corrects gradients/],
    ['FedPrune', { gradient: undefined }, /FedPrune needs gradients/],
  ] as const)('of fewer abilities does not run %s', async (name, change, message) => {
    const algorithm = registry.get(name);
    const description = { ...trainer.describe(), ...('correctsGradients' in change && change) };
    const { gradient: _gradient, ...others } = trainer;
    const lesser: Trainer = { ...others, describe: () => description };
    const running = trainClient({
      algorithm,
      args: argumentsOf(name, { initial_rounds: 1 }),
      trainer: lesser,
      samples,
      global: start,
      received: { c: new Float32Array(3), masked: new Float32Array(3) },
      state: undefined,
      round: 1,
      seed: 1,
      signal,
    });
    await expect(running).rejects.toMatchObject({
      code: 'trainer_unsupported',
      message: expect.stringMatching(message),
    });
  });
});
