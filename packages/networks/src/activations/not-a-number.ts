import * as tf from '@tensorflow/tfjs-core';

/*
 * Kernels of the WebAssembly backend lose NaN: `relu` gives 0 for a NaN with the sign bit, which is what x86 makes of √−1;
 * a clamp gives its lower bound for every NaN, a mean over windows −∞. The functions of this file give NaN, as PyTorch
 * does. A sum finds NaN at a small part of the cost of a mask.
 */

export function relu(x: tf.Tensor): tf.Tensor {
  return keepNaN(x, tf.relu(x));
}

export function clamp(x: tf.Tensor, low: number, high: number): tf.Tensor {
  return keepNaN(x, tf.clipByValue(x, low, high));
}

/** A mean over windows, or another sum with weights ≥ 0, that gives NaN if one of its values is NaN. */
export function meanOf<T extends tf.Tensor>(x: T, mean: (x: T) => T): T {
  return mayHoldNaN(x) ? localMeanOf(x, mean) : mean(x);
}

/** `meanOf` for a product with a matrix: on every backend, 0 · NaN would spread NaN over all results. */
export function meanByProduct<T extends tf.Tensor>(x: T, product: (x: T) => T): T {
  return holdsNaN(x) ? localMeanOf(x, product) : product(x);
}

/** A mean that is NaN only if a value of its own window is NaN. */
function localMeanOf<T extends tf.Tensor>(x: T, mean: (x: T) => T): T {
  const values = x.dataSync();
  const found = mean(
    tf.tensor(
      values.map((value) => Number(Number.isNaN(value))),
      x.shape,
    ) as T,
  ).dataSync();
  const finite = mean(
    tf.tensor(
      values.map((value) => (Number.isNaN(value) ? 0 : value)),
      x.shape,
    ) as T,
  );
  return tf.tensor(
    finite.dataSync().map((value, index) => (found[index]! > 0 ? NaN : value)),
    finite.shape,
  ) as T;
}

/** True if the tensor may hold NaN. The native backend keeps NaN by itself, and a GPU would have to be waited for. */
export function mayHoldNaN(x: tf.Tensor): boolean {
  return tf.getBackend() !== 'tensorflow' && holdsNaN(x);
}

function holdsNaN(x: tf.Tensor): boolean {
  return Number.isNaN(tf.sum(x).dataSync()[0]);
}

function keepNaN(x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  if (!mayHoldNaN(x)) return y;
  const values = x.dataSync();
  return tf.tensor(
    y.dataSync().map((value, index) => (Number.isNaN(values[index]) ? NaN : value)),
    y.shape,
  );
}
