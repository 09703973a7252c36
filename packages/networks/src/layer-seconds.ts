import { createRandom, type Model } from '@synergos/fed-algorithms';
import type * as tf from '@tensorflow/tfjs-core';
import { activationFunctions } from './activations.js';
import { layerFunctionOf } from './layers.js';
import type { Tensors } from './pass.js';

const REPEATS = 3;

/** Seconds that each layer takes for a batch, forward and backward: the least of a few tries. The caller frees the tensors. */
export function secondsOfLayers(model: Model, tensors: Tensors, input: tf.Tensor): number[] {
  let value = input;
  return model.map((layer, index) => {
    const apply = layerFunctionOf(layer);
    const random = createRandom(0);
    let least = Infinity;
    let output = value;
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      const startedMs = performance.now();
      const result = apply(layer.structure, {
        input: value,
        parameters: tensors[index] ?? {},
        training: true,
        random,
      });
      const { input: ofInput, parameters = {} } = result.backward(result.output, true);
      // A backend may compute only when the values are read.
      for (const tensor of [ofInput, ...Object.values(parameters)]) tensor?.dataSync();
      least = Math.min(least, (performance.now() - startedMs) / 1000);
      output = result.output;
    }
    value = activationFunctions[layer.activation].forward(output);
    return least;
  });
}
