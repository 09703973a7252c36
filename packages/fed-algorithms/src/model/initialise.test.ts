import { expect, it } from 'vitest';
import { parseModel } from './definition.js';
import { initialiseWeights } from './initialise.js';
import { createManifest } from './manifest.js';

const model = parseModel([
  { l_type: 'Conv2d', structure: { in_channels: 4, out_channels: 6, kernel_size: [3, 2], groups: 2 } },
  { l_type: 'BatchNorm2d', structure: { num_features: 6 } },
  { l_type: 'Flatten' },
  { l_type: 'Linear', structure: { in_features: 100, out_features: 50, bias: false } },
]);
const manifest = createManifest(model);

it('tensors are named, shaped and ordered as in the state dict of a torch ModuleList', () => {
  expect(
    manifest.tensors.map(({ name, shape, offset, trainable }) => [name, shape, offset, trainable]),
  ).toEqual([
    ['0.weight', [6, 2, 3, 2], 0, true],
    ['0.bias', [6], 72, true],
    ['1.weight', [6], 78, true],
    ['1.bias', [6], 84, true],
    ['1.running_mean', [6], 90, false],
    ['1.running_var', [6], 96, false],
    ['3.weight', [50, 100], 102, true],
  ]);
  expect(manifest.size).toBe(5102);
});

it('weights are uniform within 1/√fan_in, norms start at 1 and 0', () => {
  const tensors = tensorsOf(42);
  expect(spread(tensors['0.weight']!)).toBeCloseTo(1 / Math.sqrt(12), 1);
  expect(Math.max(...tensors['0.bias']!.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(12));
  expect([...tensors['1.weight']!, ...tensors['1.running_var']!]).toEqual(Array(12).fill(1));
  expect([...tensors['1.bias']!, ...tensors['1.running_mean']!]).toEqual(Array(12).fill(0));
  expect(spread(tensors['3.weight']!)).toBeCloseTo(0.1, 3);
  const deviation = Math.sqrt(tensors['3.weight']!.reduce((sum, value) => sum + value ** 2, 0) / 5000);
  expect(deviation).toBeCloseTo(0.1 / Math.sqrt(3), 3);
});

it('recurrent, attention and embedding layers start as in PyTorch', () => {
  const layers = parseModel([
    { l_type: 'Embedding', structure: { num_embeddings: 200, embedding_dim: 64, padding_idx: -1 } },
    { l_type: 'LSTM', structure: { input_size: 64, hidden_size: 16 } },
    { l_type: 'MultiheadAttention', structure: { embed_dim: 16, num_heads: 2 } },
    { l_type: 'ConvTranspose1d', structure: { in_channels: 7, out_channels: 4, kernel_size: 4 } },
    { l_type: 'PReLU', structure: { init: 0.5 } },
  ]);
  const tensors = tensorsOf(42, layers);
  const embeddings = tensors['0.weight']!;
  expect([...embeddings.subarray(-64)]).toEqual(Array(64).fill(0));
  const drawn = embeddings.subarray(0, -64);
  const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
  const variance = drawn.reduce((sum, value) => sum + value ** 2, 0) / drawn.length;
  expect([mean, variance].map((value) => value.toFixed(1).replace('-', ''))).toEqual(['0.0', '1.0']);
  expect(spread(tensors['1.weight_ih_l0']!)).toBeCloseTo(1 / 4, 2);
  expect(spread(tensors['1.bias_hh_l0']!)).toBeCloseTo(1 / 4, 1);
  expect(spread(tensors['2.in_proj_weight']!)).toBeCloseTo(Math.sqrt(6 / 64), 2);
  expect([...tensors['2.in_proj_bias']!, ...tensors['2.out_proj.bias']!]).toEqual(Array(64).fill(0));
  expect(spread(tensors['2.out_proj.weight']!)).toBeCloseTo(1 / 4, 2);
  expect(spread(tensors['3.weight']!)).toBeCloseTo(1 / 4, 1);
  expect([...tensors['4.weight']!]).toEqual([0.5]);
});

it('the same seed gives the same weights, another seed others', () => {
  expect(initialiseWeights(model, manifest, 1)).toEqual(initialiseWeights(model, manifest, 1));
  expect(initialiseWeights(model, manifest, 1)).not.toEqual(initialiseWeights(model, manifest, 2));
});

function spread(values: Float32Array): number {
  return Math.max(...values.map(Math.abs));
}

function tensorsOf(seed: number, layers = model): Record<string, Float32Array> {
  const { tensors } = createManifest(layers);
  const weights = initialiseWeights(layers, createManifest(layers), seed);
  return Object.fromEntries(
    tensors.map(({ name, offset, size }) => [name, weights.subarray(offset, offset + size)]),
  );
}
