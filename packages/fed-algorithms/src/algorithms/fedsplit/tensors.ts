import { AlgorithmsError } from '../../errors.js';
import type { Tensor } from '../../exchange.js';
import type { BatchCriterion } from '../../training/local-model.js';

/** A criterion whose gradient is known. */
export function criterionOf(gradient: Tensor | undefined): BatchCriterion {
  return (scores, _batch, ofScores) => {
    ofScores.set(sized(gradient, scores.length));
    return 0;
  };
}

/** A vector as a tensor. */
export function flat(data: Float32Array): Tensor {
  return { shape: [data.length], data: data.slice() };
}

/** A tensor's values. Throws `AlgorithmsError` if there are not `size` of them. */
export function sized(tensor: Tensor | undefined, size: number): Float32Array {
  const data = tensor?.data ?? new Float32Array(0);
  if (data.length === size) return data;
  throw new AlgorithmsError('wrong_shape', `expected a tensor of ${size} values, got ${data.length}`);
}
