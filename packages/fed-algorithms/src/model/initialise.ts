import type { Model } from './definition.js';
import { modelParameters, type Manifest } from './manifest.js';
import { createRandom, deriveSeed } from './random.js';

/** Values drawn between two pauses. */
const BLOCK_VALUES = 1 << 19;

/**
 * First weights of a model, drawn as PyTorch draws them: Linear and Conv from U(±1/√fan_in), norms 1 and 0.
 * Each tensor has a stream of its own, so that a change in one layer leaves the others as they were.
 * @returns the flat vector that `manifest` describes.
 */
export function initialiseWeights(model: Model, manifest: Manifest, seed: number): Float32Array {
  const drawing = drawWeights(model, manifest, seed);
  for (;;) {
    const { done, value } = drawing.next();
    if (done === true) return value;
  }
}

/** The same in steps of a few milliseconds, for who has other work to do in between. */
export function* drawWeights(
  model: Model,
  manifest: Manifest,
  seed: number,
): Generator<undefined, Float32Array> {
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
    for (let start = 0; start < size; start += BLOCK_VALUES) {
      const end = Math.min(size, start + BLOCK_VALUES);
      for (let i = start; i < end; i++) tensor[i] = random.uniform(-init.bound, init.bound);
      if (end - start === BLOCK_VALUES) yield;
    }
  }
  return weights;
}
