import { InvalidArguments } from '../errors.js';
import { createManifest, type Model } from '../model/index.js';

export interface CutModel {
  readonly lower: Model;
  readonly upper: Model;
  /** Values of the lower part: the first ones of the flat vector. */
  readonly lowerSize: number;
}

/** Cuts a model before its layer L, counted from 0. Throws `InvalidArguments` if a part would be empty. */
export function cutModel(model: Model, L: number): CutModel {
  if (L >= model.length)
    throw new InvalidArguments([
      {
        path: 'L',
        message: `the model has ${model.length} layers: expected a cut from 1 to ${model.length - 1}, got ${L}`,
      },
    ]);
  const lower = model.slice(0, L);
  return { lower, upper: model.slice(L), lowerSize: createManifest(lower).size };
}

/** Two flat vectors as one. */
export function joinVectors(first: ArrayLike<number>, second: ArrayLike<number>): Float32Array {
  const joined = new Float32Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
