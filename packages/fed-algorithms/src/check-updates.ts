import { AlgorithmsError } from './errors.js';
import { nonFiniteIn } from './non-finite.js';

/** @throws AlgorithmsError if the updates, their weights and the target do not fit together, or hold values that are not finite. */
export function checkUpdates(
  updates: readonly Float32Array[],
  weights: readonly number[],
  out: Float32Array | undefined,
): void {
  const size = updates[0]?.length;
  if (size === undefined) throw new AlgorithmsError('no_updates', 'there is nothing to aggregate');
  if (weights.length !== updates.length)
    throw new AlgorithmsError(
      'wrong_weights',
      `expected ${updates.length} weights, one for each update, got ${weights.length}`,
    );
  if (out !== undefined && out.length !== size)
    throw new AlgorithmsError('wrong_length', `out has ${out.length} values, the updates have ${size}`);
  const wrong = weights.findIndex((weight) => !(Number.isFinite(weight) && weight >= 0));
  if (wrong >= 0)
    throw new AlgorithmsError(
      'wrong_weights',
      `weight ${wrong} is ${weights[wrong]}; expected a finite number ≥ 0`,
    );
  updates.forEach((update, index) => checkUpdate(update, index, size));
}

function checkUpdate(update: Float32Array, index: number, size: number): void {
  if (!(update instanceof Float32Array))
    throw new AlgorithmsError(
      'wrong_type',
      `update ${index} is no Float32Array: Float32Array.from makes one`,
    );
  if (update.length !== size)
    throw new AlgorithmsError(
      'wrong_length',
      `update ${index} has ${update.length} values, update 0 has ${size}`,
    );
  const at = nonFiniteIn(update);
  if (at >= 0)
    throw new AlgorithmsError('not_finite', `update ${index} holds ${update[at]} at position ${at}`);
}
