import * as tf from '@tensorflow/tfjs-core';
import { pointwise, within, type Activation } from './activation.js';
import { clamp, relu } from './not-a-number.js';

const { add, exp, minimum, mul, step, sub } = tf;
const oneMinus = (x: tf.Tensor) => sub(1, x);

export const rectifier: Activation = pointwise(relu, (x) => step(x));

export function leaky(slope: number): Activation {
  return pointwise(
    (x) => sub(relu(x), mul(slope, relu(tf.neg(x)))),
    (x) => add(slope, mul(1 - slope, step(x))),
  );
}

/** scale · (x, or α (eˣ⁄ᵝ − 1) below zero): ELU and SELU with β = 1, CELU with β = α. */
export function exponential(alpha: number, scale: number, beta: number): Activation {
  const below = (x: tf.Tensor) => exp(beta === 1 ? minimum(x, 0) : tf.div(minimum(x, 0), beta));
  return pointwise(
    (x) => mul(scale, add(relu(x), mul(alpha, sub(below(x), 1)))),
    (x) => mul(scale, add(step(x), mul(mul(alpha / beta, below(x)), oneMinus(step(x))))),
  );
}

/** x between the bounds, and the nearer bound outside of them. */
export function clamped(low: number, high: number): Activation {
  return pointwise(
    (x) => clamp(x, low, high),
    (x) => within(x, low, high),
  );
}

/** x above the threshold, else the value. */
export function thresholded(threshold: number, value: number): Activation {
  return pointwise(
    (x) => tf.where(tf.lessEqual(x, threshold), tf.fill(x.shape, value), x),
    (x) => step(sub(x, threshold)),
  );
}

/** x if |x| > λ, else 0. */
export function hardShrink(lambda: number): Activation {
  const outside = (x: tf.Tensor) => step(sub(tf.abs(x), lambda));
  return pointwise((x) => mul(x, outside(x)), outside);
}

/** x moved towards 0 by λ, and 0 where |x| ≤ λ. */
export function softShrink(lambda: number): Activation {
  return pointwise(
    (x) => sub(relu(sub(x, lambda)), relu(sub(tf.neg(x), lambda))),
    (x) => step(sub(tf.abs(x), lambda)),
  );
}
