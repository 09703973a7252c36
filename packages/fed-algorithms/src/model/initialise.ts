import type { Model } from './definition.js';
import { modelParameters } from './manifest.js';
import type { Manifest } from './tensors.js';
import { createRandom, deriveSeed, type Random } from './random.js';

const PIECE_VALUES = 1 << 18;

/**
 * First weights of a model, drawn as PyTorch draws them: Linear and Conv from U(±1/√fan_in), norms 1 and 0, Embedding from N(0, 1).
 * Each tensor has its own random stream, so that a change in one layer leaves the others as they were.
 * @returns the flat vector that `manifest` describes.
 */
export function initialiseWeights(model: Model, manifest: Manifest, seed: number): Float32Array {
  const weights = new Float32Array(manifest.size);
  let at = 0;
  for (const piece of drawWeights(model, manifest, seed)) {
    weights.set(piece, at);
    at += piece.length;
  }
  return weights;
}

/** The same, one piece after another: for models larger than memory. A piece is valid until the next one is drawn. */
export function* drawWeights(model: Model, manifest: Manifest, seed: number): Generator<Float32Array> {
  const parameters = new Map(modelParameters(model).map((parameter) => [parameter.name, parameter]));
  const buffer = new Float32Array(Math.min(PIECE_VALUES, manifest.size));
  for (const { name, size } of manifest.tensors) {
    const init = parameters.get(name)?.init;
    if (!init) throw new RangeError(`the manifest's tensor ${name} is not of this model`);
    const random = createRandom(deriveSeed(seed, 'initialise', name));
    for (let start = 0; start < size; start += PIECE_VALUES) {
      const piece = buffer.subarray(0, Math.min(PIECE_VALUES, size - start));
      if (init.kind === 'constant') piece.fill(init.value);
      else if (init.kind === 'normal') drawNormal(piece, random, start, init.zeros);
      else for (let i = 0; i < piece.length; i++) piece[i] = random.uniform(-init.bound, init.bound);
      yield piece;
    }
  }
}

/** Box and Muller's: two values of N(0, 1) from two of U(0, 1). */
function drawNormal(
  piece: Float32Array,
  random: Random,
  start: number,
  [from, to]: readonly [number, number],
): void {
  for (let i = 0; i < piece.length; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - random.uniform(0, 1)));
    const angle = 2 * Math.PI * random.uniform(0, 1);
    piece[i] = radius * Math.cos(angle);
    if (i + 1 < piece.length) piece[i + 1] = radius * Math.sin(angle);
  }
  piece.fill(0, Math.max(from - start, 0), Math.max(to - start, 0));
}
