import type { Model } from './definition.js';
import { modelParameters, type Manifest } from './manifest.js';
import { createRandom, deriveSeed } from './random.js';

/**
 * First weights of a model, drawn as PyTorch draws them: Linear and Conv from U(±1/√fan_in), norms 1 and 0.
 * Each tensor has a stream of its own, so that a change in one layer leaves the others as they were.
 * @returns the flat vector that `manifest` describes.
 */
export function initialiseWeights(model: Model, manifest: Manifest, seed: number): Float32Array {
  const weights = new Float32Array(manifest.size);
  const parameters = new Map(modelParameters(model).map((parameter) => [parameter.name, parameter]));
  for (const { name, offset, size } of manifest.tensors) {
    const init = parameters.get(name)?.init;
    if (!init) throw new RangeError(`the manifest's tensor ${name} is not of this model`);
    const tensor = weights.subarray(offset, offset + size);
    if (init.kind === 'constant') {
      tensor.fill(init.value);
      continue;
    }
    const random = createRandom(deriveSeed(seed, 'initialise', name));
    for (let i = 0; i < size; i++) tensor[i] = random.uniform(-init.bound, init.bound);
  }
  return weights;
}
