import { createRandom, type Model } from '@synergos/fed-algorithms';
import type * as tf from '@tensorflow/tfjs-core';
import { activationFunctions } from './activations.js';
import { layerFunctions } from './layers.js';
import type { LayerFunction } from './layers/layer-function.js';
import type { Tensors } from './pass.js';

const REPEATS = 3;

/** Seconds that each layer takes for a batch, forward and back, the least of a few tries; the caller frees the tensors. */
export function secondsOfLayers(model: Model, tensors: Tensors, input: tf.Tensor): number[] {
  let value = input;
  return model.map(({ l_type, structure, activation }, index) => {
    const apply = layerFunctions[l_type] as LayerFunction<unknown>;
    const random = createRandom(0);
    let least = Infinity;
    let output = value;
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      const startedMs = performance.now();
      const result = apply(structure, {
        input: value,
        parameters: tensors[index] ?? {},
        training: true,
        random,
      });
      const { input: ofInput, parameters = {} } = result.backward(result.output, true);
      // A backend may compute only when asked.
      for (const tensor of [ofInput, ...Object.values(parameters)]) tensor?.dataSync();
      least = Math.min(least, (performance.now() - startedMs) / 1000);
      output = result.output;
    }
    value = activationFunctions[activation].forward(output);
    return least;
  });
}
