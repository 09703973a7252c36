import {
  activations,
  createRandom,
  inferShapes,
  layerTypes,
  modelParameters,
  parseModel,
} from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { activationFunctions } from '../src/activations.js';
import { startBackend } from '../src/backend.js';
import { layerFunctions } from '../src/layers.js';
import type { LayerFunction } from '../src/layers/layer-function.js';
import { backends } from './backends.js';
import { difference, pytorch } from './fixtures/pytorch.js';

it('every layer and activation that a model may name is computed', () => {
  expect(Object.keys(layerFunctions).sort()).toEqual(Object.keys(layerTypes).sort());
  expect(Object.keys(activationFunctions).sort()).toEqual([...activations].sort());
});

/** TensorFlow's own exp and tanh are a few roundings away. */
const ROUNDING = 3e-6;

describe.each(backends)("on the backend '%s'", (name) => {
  it.each(Object.entries(pytorch.activations))(
    '%s and its derivative are PyTorch’s',
    async (activation, expected) => {
      const backend = await startBackend(name);
      const { forward, backward } = activationFunctions[activation as keyof typeof activationFunctions];
      const { output, gradient } = backend.run(() => {
        const x = tf.tensor(Float32Array.from(pytorch.activationPoints), [2, 5]);
        const upstream = tf.tensor(
          Float32Array.from({ length: 10 }, (_, i) => 0.5 + i / 9),
          [2, 5],
        );
        const y = forward(x);
        return { output: y.dataSync().slice(), gradient: backward(x, y, upstream).dataSync().slice() };
      });
      expect(difference(output, expected.output)).toBeLessThan(ROUNDING);
      expect(difference(gradient, expected.gradient)).toBeLessThan(ROUNDING);
    },
  );

  it.each(pytorch.layers)('$l_type $structure gives PyTorch’s output and gradients', async (expected) => {
    const backend = await startBackend(name);
    const model = parseModel([{ l_type: expected.l_type, structure: expected.structure }]);
    const [layer] = model;
    const specs = modelParameters(model);
    const shape = [...expected.shape];
    expect(inferShapes(model, shape.slice(1)).output).toEqual(expected.outputShape.slice(1));
    expect(specs.map((spec) => spec.shape.reduce((a, b) => a * b, 1))).toEqual(
      expected.weights.map((values) => values.length),
    );

    if (expected.names) expect(specs.map((spec) => spec.name.slice(2))).toEqual(expected.names);

    const result = backend.run(() => {
      const parameters = Object.fromEntries(
        specs.map((spec, i) => [
          spec.name.slice(2),
          tf.tensor(Float32Array.from(expected.weights[i]!), [...spec.shape]),
        ]),
      );
      const input = tf.tensor(Float32Array.from(expected.input), shape);
      const apply = layerFunctions[expected.l_type] as LayerFunction<unknown>;
      const random = createRandom(1);
      const trained = apply(layer!.structure, { input, parameters, training: true, random });
      const size = expected.output.length;
      const upstream = Float32Array.from({ length: size }, (_, i) => 0.5 + i / (size - 1));
      const gradients = trained.backward(tf.tensor(upstream, trained.output.shape), true);
      const after = { ...parameters, ...trained.buffers };
      const evaluated = apply(layer!.structure, { input, parameters: after, training: false, random });
      return {
        shape: trained.output.shape,
        output: trained.output.dataSync().slice(),
        inputGradient: gradients.input!.dataSync().slice(),
        gradients: values(gradients.parameters),
        buffers: values(trained.buffers),
        evaluated: evaluated.output.dataSync().slice(),
      };
    });

    expect(result.shape).toEqual(expected.outputShape);
    expect(difference(result.output, expected.output)).toBeLessThan(1e-5);
    expect(difference(result.inputGradient, expected.inputGradient)).toBeLessThan(1e-5);
    for (const kind of ['gradients', 'buffers'] as const) {
      expect(Object.keys(result[kind]).sort()).toEqual(Object.keys(expected[kind]).sort());
      for (const [parameter, of] of Object.entries(expected[kind]))
        expect(difference(result[kind][parameter]!, of)).toBeLessThan(1e-5);
    }
    expect(difference(result.evaluated, expected.evaluated)).toBeLessThan(1e-5);
  });
});

function values(tensors: Readonly<Record<string, tf.Tensor>> = {}): Record<string, ArrayLike<number>> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, tensor.dataSync().slice()]),
  );
}
