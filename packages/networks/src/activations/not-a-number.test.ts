import { createManifest, parseModel } from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { backends } from '../../test/backends.js';
import { activationFunctions } from '../activations.js';
import { startBackend } from '../backend.js';
import { compileNetwork } from '../network.js';

/** As processors make them: x86's √−1 has the sign bit, JavaScript's NaN has not. */
const notNumbers = [0xffc00000, 0x7fc00000] as const;

describe.each(backends)("NaN on the backend '%s'", (name) => {
  it.each(Object.keys(activationFunctions))('%s gives NaN for NaN, and only for it', async (activation) => {
    const backend = await startBackend(name);
    const { forward } = activationFunctions[activation as keyof typeof activationFunctions];
    const results = notNumbers.map((bits) =>
      backend.run(() => [...forward(tf.tensor(valuesWith(bits, 1, 6), [6, 1])).dataSync()]),
    );
    for (const result of results)
      expect(result.map(Number.isNaN)).toEqual([false, true, false, false, false, false]);
  });

  it.each([
    ['Conv2d', { in_channels: 1, out_channels: 1, kernel_size: 1 }],
    ['Conv2d', { in_channels: 1, out_channels: 1, kernel_size: 1, stride: 2 }],
    ['Conv2d', { in_channels: 1, out_channels: 3, kernel_size: 2 }],
    ['AvgPool2d', { kernel_size: 2 }],
    ['AvgPool2d', { kernel_size: 3, padding: 1, stride: 1, count_include_pad: false }],
    ['AdaptiveAvgPool2d', { output_size: 2 }],
    ['MaxPool2d', { kernel_size: 2 }],
    ['AdaptiveMaxPool2d', { output_size: 2 }],
    ['ReplicationPad2d', { padding: 1 }],
    ['Upsample', { scale_factor: 2, mode: 'bilinear' }],
    ['PReLU', {}],
    ['Threshold', { threshold: 5, value: 0 }],
    ['Hardshrink', {}],
    ['Softshrink', {}],
    ['Softplus', { beta: 2, threshold: 1 }],
    ['BatchNorm2d', { num_features: 1 }],
  ])('%s %o gives NaN where it reads NaN', async (l_type, structure) => {
    const model = parseModel([{ l_type, structure }]);
    const network = await compileNetwork(model, { action: 'regress', backend: name });
    const weights = new Float32Array(createManifest(model).size).fill(1);
    for (const bits of notNumbers) {
      const features = valuesWith(bits, 0, 16);
      const samples = { features, shape: [1, 4, 4], targets: Float32Array.of(0), count: 1 };
      const outputs = network.predict(weights, samples);
      expect(outputs[0]).toBeNaN();
      expect(outputs.at(-1)).not.toBeNaN();
    }
  });

  it('a batch norm with a negative running variance makes all predictions NaN, as in PyTorch', async () => {
    const model = parseModel([
      { l_type: 'Linear', structure: { in_features: 2, out_features: 4 } },
      { l_type: 'BatchNorm1d', structure: { num_features: 4 }, activation: 'relu' },
      { l_type: 'Linear', structure: { in_features: 4, out_features: 1 }, activation: 'sigmoid' },
    ]);
    const options = { criterion: 'BCELoss', action: 'classify', backend: name } as const;
    const network = await compileNetwork(model, options);
    const weights = new Float32Array(network.manifest.size).fill(0.5);
    const variance = network.manifest.tensors.find((tensor) => tensor.name === '1.running_var')!;
    weights[variance.offset] = -0.5;
    const samples = {
      features: valuesWith(0, 0, 6),
      shape: [2],
      targets: Float32Array.of(0, 1, 1),
      count: 3,
    };
    expect([...network.predict(weights, samples)]).toEqual([NaN, NaN, NaN]);
    expect(network.loss(weights, samples)).toBeNaN();
  });
});

/** Ones, and at one place a float32 of these bits. */
function valuesWith(bits: number, place: number, size: number): Float32Array {
  const values = new Float32Array(size).fill(1);
  new Uint32Array(values.buffer)[place] = bits;
  return values;
}
