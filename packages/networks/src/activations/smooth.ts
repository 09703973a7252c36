import * as tf from '@tensorflow/tfjs-core';
import { pointwise, within, type Activation } from './activation.js';
import { clamp } from './not-a-number.js';

const { add, div, exp, mul, sigmoid, sub, tanh } = tf;
const square = (x: tf.Tensor) => tf.square(x);
const oneMinus = (x: tf.Tensor) => sub(1, x);

/** x Φ(x), Φ the standard normal distribution function. */
export const gelu: Activation = pointwise(
  (x) => mul(x, normalShare(x)),
  (x) => add(normalShare(x), mul(x, div(exp(mul(-0.5, square(x))), Math.sqrt(2 * Math.PI)))),
);

function normalShare(x: tf.Tensor): tf.Tensor {
  return mul(0.5, add(1, tf.erf(mul(x, Math.SQRT1_2))));
}

const CUBIC = 0.044715;

/** 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))). */
export const geluByTanh: Activation = pointwise(
  (x) => mul(mul(0.5, x), add(1, gate(x))),
  (x) => {
    const inner = mul(Math.sqrt(2 / Math.PI), add(1, mul(3 * CUBIC, square(x))));
    return mul(0.5, add(add(1, gate(x)), mul(mul(x, inner), oneMinus(square(gate(x))))));
  },
);

function gate(x: tf.Tensor): tf.Tensor {
  return tanh(mul(Math.sqrt(2 / Math.PI), mul(x, add(1, mul(CUBIC, square(x))))));
}

export const silu: Activation = pointwise(
  (x) => mul(x, sigmoid(x)),
  (x, y) => add(sigmoid(x), mul(y, oneMinus(sigmoid(x)))),
);

export const mish: Activation = pointwise(
  (x) => mul(x, tanh(tf.softplus(x))),
  (x) => {
    const slope = tanh(tf.softplus(x));
    return add(slope, mul(mul(x, sigmoid(x)), oneMinus(square(slope))));
  },
);

export const sigmoidal: Activation = pointwise(sigmoid, (_x, y) => mul(y, oneMinus(y)));

export const logSigmoid: Activation = pointwise(
  (x) => tf.neg(tf.softplus(tf.neg(x))),
  (x) => sigmoid(tf.neg(x)),
);

const hardSigmoidOf = (x: tf.Tensor) => clamp(add(div(x, 6), 0.5), 0, 1);

export const hardSigmoid: Activation = pointwise(hardSigmoidOf, (x) => div(within(x, -3, 3), 6));

export const hardSwish: Activation = pointwise(
  (x) => mul(x, hardSigmoidOf(x)),
  (x) => add(hardSigmoidOf(x), mul(div(x, 6), within(x, -3, 3))),
);

export const hyperbolic: Activation = pointwise(tanh, (_x, y) => oneMinus(square(y)));

export const tanhShrink: Activation = pointwise(
  (x) => sub(x, tanh(x)),
  (x) => square(tanh(x)),
);

/** log(1 + e^βx) / β; x itself where βx is above the threshold. */
export function softPlus(beta: number, threshold: number): Activation {
  // Above 20 both are the same float32.
  const pick = (x: tf.Tensor, linear: tf.Tensor, curved: tf.Tensor) =>
    threshold >= 20 ? curved : tf.where(tf.greater(mul(x, beta), threshold), linear, curved);
  if (beta === 1 && threshold >= 20)
    return pointwise(
      (x) => tf.softplus(x),
      (x) => sigmoid(x),
    );
  return pointwise(
    (x) => pick(x, x, div(tf.softplus(mul(x, beta)), beta)),
    (x) => pick(x, tf.onesLike(x), sigmoid(mul(x, beta))),
  );
}

export const softSign: Activation = pointwise(
  (x) => div(x, add(1, tf.abs(x))),
  (x) => tf.reciprocal(square(add(1, tf.abs(x)))),
);
