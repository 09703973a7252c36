import {
  createManifest,
  createOptimizer,
  createScheduler,
  parseModel,
  runArgumentsSchema,
  trainLocally,
  type Manifest,
  type OutputKind,
} from '@synergos/fed-algorithms';
import { expect, it } from 'vitest';
import { createCriterion } from '../src/criteria.js';
import { compileNetwork } from '../src/network.js';
import { difference, pytorch } from './fixtures/pytorch.js';

it.each(pytorch.optimizers)('$optimizer $arguments takes PyTorch’s steps', (expected) => {
  const args = runArgumentsSchema.parse({ ...expected.arguments, optimizer: expected.optimizer });
  const optimizer = createOptimizer(args, flatManifest(expected.start.length));
  const weights = Float32Array.from(expected.start);
  for (const [step, gradient] of expected.gradients.entries()) {
    optimizer.step(weights, Float32Array.from(gradient));
    expect(difference(weights, expected.weights[step]!), `step ${step}`).toBeLessThan(1e-6);
  }
});

it.each(pytorch.schedulers)('$scheduler $arguments with $optimizer follows PyTorch’s rates', (expected) => {
  const perBatch = expected.scheduler === 'CyclicLR' || expected.scheduler === 'OneCycleLR';
  const count = expected.rates.length;
  const args = runArgumentsSchema.parse({
    ...(expected.optimizer === 'SGD' && { momentum: 0.5 }),
    ...expected.arguments,
    lr: expected.lr,
    lr_scheduler: expected.scheduler,
    optimizer: expected.optimizer,
    epochs: count,
  });
  const { settings } = createOptimizer(args, flatManifest(1));
  const scheduler = createScheduler({ args, settings, stepsPerEpoch: 1 });
  const rates: number[] = [];
  const momenta: number[] = [];
  for (let step = 0; step < count; step++) {
    rates.push(settings.lr);
    momenta.push(settings.momentum!);
    if (perBatch) scheduler.afterBatch?.();
    else scheduler.afterEpoch?.(expected.losses?.[step] ?? 0);
  }
  expect(difference(rates, expected.rates)).toBeLessThan(1e-12);
  expect(difference(momenta, expected.momenta)).toBeLessThan(1e-12);
});

it('an optimizer without momentum is left with its learning rate alone by CyclicLR', () => {
  const args = runArgumentsSchema.parse({ optimizer: 'Adagrad', lr_scheduler: 'CyclicLR', base_lr: 0.25 });
  const { settings } = createOptimizer(args, flatManifest(1));
  createScheduler({ args, settings, stepsPerEpoch: 1 });
  expect(settings).toEqual({ lr: 0.25 });
});

it('only trainable tensors are stepped', () => {
  const args = runArgumentsSchema.parse({ optimizer: 'SGD', lr: 1 });
  const manifest: Manifest = {
    size: 4,
    tensors: [true, false, true, true].map((trainable, offset) => ({
      name: `${offset}.value`,
      shape: [1],
      offset,
      size: 1,
      trainable,
    })),
  };
  const weights = Float32Array.of(5, 5, 5, 5);
  createOptimizer(args, manifest).step(weights, Float32Array.of(1, 2, 3, 4));
  expect([...weights]).toEqual([4, 5, 2, 1]);
});

it.each(pytorch.criteria)(
  '$criterion $given on $activation over $units units to $action is PyTorch’s',
  (expected) => {
    const { criterion, action, units, activation, given } = expected;
    const kind = (activation === 'identity' ? 'scores' : activation) as OutputKind;
    const gradient = new Float32Array(expected.scores.length);
    const { loss } = createCriterion({ criterion, action, kind, units, given })(
      Float32Array.from(expected.scores),
      Float32Array.from(expected.targets),
      gradient,
    );
    expect(loss).toBeCloseTo(expected.loss, 5);
    expect(difference(gradient, expected.gradient)).toBeLessThan(1e-6);
  },
);

it.each(pytorch.trajectories)(
  'a whole training of $model takes PyTorch’s course, tensor for tensor of the state dict',
  async ({ model: raw, arguments: given, criterion, shape, features, targets, losses, start, end }) => {
    const model = parseModel(raw);
    const manifest = createManifest(model);
    expect(manifest.tensors.map(({ name, shape }) => [name, shape])).toEqual(
      start.map(([name, shape]) => [name, shape]),
    );
    const args = runArgumentsSchema.parse({ ...given, mu: 0 });
    const seen: number[] = [];
    const { weights } = await trainLocally({
      model: await compileNetwork(model, { criterion, criterionArguments: args, action: 'classify' }),
      samples: {
        features: Float32Array.from(features),
        shape,
        targets: Float32Array.from(targets),
        count: targets.length,
      },
      start: Float32Array.from(start.flatMap(([, , values]) => values)),
      args,
      seed: 1,
      signal: new AbortController().signal,
      onEpoch: (_epoch, loss) => seen.push(loss),
    });
    expect(difference(seen, losses)).toBeLessThan(1e-4);
    expect(
      difference(
        weights,
        end.flatMap(([, , values]) => values),
      ),
    ).toBeLessThan(1e-4);
  },
);

function flatManifest(size: number): Manifest {
  return { size, tensors: [{ name: '0.weight', shape: [size], offset: 0, size, trainable: true }] };
}
