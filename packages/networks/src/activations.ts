import type { ActivationName } from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';

/** A function of `torch.nn.functional` with its default arguments, and its derivative. */
export interface Activation {
  forward(x: tf.Tensor): tf.Tensor;
  /** Gradient of the input, from input, output and the output's gradient. */
  backward(x: tf.Tensor, y: tf.Tensor, gradient: tf.Tensor): tf.Tensor;
}

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

const { add, clipByValue, div, exp, mul, sigmoid, softplus, step, sub, tanh } = tf;
const square = (x: tf.Tensor) => tf.square(x);
const oneMinus = (x: tf.Tensor) => sub(1, x);
/** 1 inside (low, high), else 0. */
const within = (x: tf.Tensor, low: number, high: number) => mul(step(sub(x, low)), step(sub(high, x)));
const hardSigmoid = (x: tf.Tensor) => clipByValue(add(div(x, 6), 0.5), 0, 1);

const identity: Activation = { forward: (x) => x, backward: (_x, _y, gradient) => gradient };
const sigmoidal = pointwise(sigmoid, (_x, y) => mul(y, oneMinus(y)));

export const activationFunctions: Readonly<Record<ActivationName, Activation>> = {
  identity,
  relu: pointwise(tf.relu, (x) => step(x)),
  relu6: pointwise(
    (x) => clipByValue(x, 0, 6),
    (x) => within(x, 0, 6),
  ),
  leaky_relu: pointwise(
    (x) => sub(tf.relu(x), mul(0.01, tf.relu(tf.neg(x)))),
    (x) => add(0.01, mul(0.99, step(x))),
  ),
  elu: exponentialUnit(1, 1),
  selu: exponentialUnit(SELU_ALPHA, SELU_SCALE),
  celu: exponentialUnit(1, 1),
  gelu: pointwise(
    (x) => mul(x, normalShare(x)),
    (x) => add(normalShare(x), mul(x, div(exp(mul(-0.5, square(x))), Math.sqrt(2 * Math.PI)))),
  ),
  silu: pointwise(
    (x) => mul(x, sigmoid(x)),
    (x, y) => add(sigmoid(x), mul(y, oneMinus(sigmoid(x)))),
  ),
  mish: pointwise(
    (x) => mul(x, tanh(softplus(x))),
    (x) => {
      const gate = tanh(softplus(x));
      return add(gate, mul(mul(x, sigmoid(x)), oneMinus(square(gate))));
    },
  ),
  sigmoid: sigmoidal,
  logsigmoid: pointwise(
    (x) => tf.neg(softplus(tf.neg(x))),
    (x) => sigmoid(tf.neg(x)),
  ),
  hardsigmoid: pointwise(hardSigmoid, (x) => div(within(x, -3, 3), 6)),
  hardswish: pointwise(
    (x) => mul(x, hardSigmoid(x)),
    (x) => add(hardSigmoid(x), mul(div(x, 6), within(x, -3, 3))),
  ),
  hardtanh: pointwise(
    (x) => clipByValue(x, -1, 1),
    (x) => within(x, -1, 1),
  ),
  tanh: pointwise(tanh, (_x, y) => oneMinus(square(y))),
  tanhshrink: pointwise(
    (x) => sub(x, tanh(x)),
    (x) => square(tanh(x)),
  ),
  softplus: pointwise(softplus, (x) => sigmoid(x)),
  softsign: pointwise(
    (x) => div(x, add(1, tf.abs(x))),
    (x) => tf.reciprocal(square(add(1, tf.abs(x)))),
  ),
  softmin: {
    forward: (x) => softmax(tf.neg(x)),
    backward: (_x, y, gradient) => tf.neg(throughSoftmax(y, gradient)),
  },
  softmax: { forward: softmax, backward: (_x, y, gradient) => throughSoftmax(y, gradient) },
  log_softmax: {
    forward: logSoftmax,
    backward: (_x, y, gradient) => sub(gradient, mul(exp(y), tf.sum(gradient, 1, true))),
  },
};

function pointwise(
  forward: (x: tf.Tensor) => tf.Tensor,
  derivative: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor,
): Activation {
  return { forward: (x) => forward(x), backward: (x, y, gradient) => mul(gradient, derivative(x, y)) };
}

/** scale · (x, or α (eˣ − 1) below zero). */
function exponentialUnit(alpha: number, scale: number): Activation {
  const below = (x: tf.Tensor) => exp(tf.minimum(x, 0));
  return pointwise(
    (x) => mul(scale, add(tf.relu(x), mul(alpha, sub(below(x), 1)))),
    (x) => mul(scale, add(step(x), mul(mul(alpha, below(x)), oneMinus(step(x))))),
  );
}

/** Φ(x), the standard normal distribution function. */
function normalShare(x: tf.Tensor): tf.Tensor {
  return mul(0.5, add(1, tf.erf(mul(x, Math.SQRT1_2))));
}

// Along the dimension after the batch, as PyTorch's softmax over classes.
function logSoftmax(x: tf.Tensor): tf.Tensor {
  const shifted = sub(x, tf.max(x, 1, true));
  return sub(shifted, tf.log(tf.sum(exp(shifted), 1, true)));
}

function softmax(x: tf.Tensor): tf.Tensor {
  return exp(logSoftmax(x));
}

function throughSoftmax(y: tf.Tensor, gradient: tf.Tensor): tf.Tensor {
  return mul(y, sub(gradient, tf.sum(mul(gradient, y), 1, true)));
}
