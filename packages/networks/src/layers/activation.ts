import type { StructureOf } from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import { SELU_ALPHA, SELU_SCALE } from '../activations.js';
import type { Activation } from '../activations/activation.js';
import { relu } from '../activations/not-a-number.js';
import * as rectifiers from '../activations/rectifiers.js';
import * as smooth from '../activations/smooth.js';
import { logSoftmax, softmax, softmin } from '../activations/softmax.js';
import type { LayerFunction } from './layer-function.js';

/** An activation as a separate layer. */
function layerOf<Structure>(bind: (structure: Structure) => Activation): LayerFunction<Structure> {
  return (structure, { input }) => {
    const activation = bind(structure);
    const output = activation.forward(input);
    return {
      output,
      backward: (gradient) => ({ input: activation.backward(input, output, gradient) }),
    };
  };
}

const overDimension = (make: (dim: number) => Activation) => {
  const layer: LayerFunction<StructureOf<'Softmax'>> = (structure, step) => {
    const dim = structure.dim ?? 1;
    return layerOf(() => make(dim < 0 ? dim + step.input.rank : dim))(structure, step);
  };
  return layer;
};

/** x_a · σ(x_b), of the two halves a and b of a dimension. */
const glu: LayerFunction<StructureOf<'GLU'>> = ({ dim }, { input }) => {
  const axis = dim < 0 ? dim + input.rank : dim;
  const [values, gates] = tf.split(input, 2, axis) as [tf.Tensor, tf.Tensor];
  const open = tf.sigmoid(gates);
  return {
    output: tf.mul(values, open),
    backward(gradient) {
      const ofValues = tf.mul(gradient, open);
      const ofGates = tf.mul(ofValues, tf.mul(values, tf.sub(1, open)));
      return { input: tf.concat([ofValues, ofGates], axis) };
    },
  };
};

/** x above 0, weight · x below; one weight, or one for each channel. */
const prelu: LayerFunction<StructureOf<'PReLU'>> = ({ num_parameters }, { input, parameters }) => {
  const weight = tf.reshape(parameters['weight']!, [
    num_parameters,
    ...Array<number>(Math.max(input.rank - 2, 0)).fill(1),
  ]);
  const below = tf.neg(relu(tf.neg(input)));
  return {
    output: tf.add(relu(input), tf.mul(weight, below)),
    backward(gradient) {
      const isAbove = tf.step(input);
      const axes = input.shape.map((_, axis) => axis).filter((axis) => axis !== 1 || num_parameters === 1);
      return {
        input: tf.mul(gradient, tf.add(isAbove, tf.mul(weight, tf.sub(1, isAbove)))),
        parameters: { weight: tf.reshape(tf.sum(tf.mul(gradient, below), axes), [num_parameters]) },
      };
    },
  };
};

/** By `l_type`, with PyTorch's arguments. */
export const activationLayers = {
  ReLU: layerOf(() => rectifiers.rectifier),
  ReLU6: layerOf(() => rectifiers.clamped(0, 6)),
  LeakyReLU: layerOf<StructureOf<'LeakyReLU'>>(({ negative_slope }) => rectifiers.leaky(negative_slope)),
  ELU: layerOf<StructureOf<'ELU'>>(({ alpha }) => rectifiers.exponential(alpha, 1, 1)),
  SELU: layerOf(() => rectifiers.exponential(SELU_ALPHA, SELU_SCALE, 1)),
  CELU: layerOf<StructureOf<'CELU'>>(({ alpha }) => rectifiers.exponential(alpha, 1, alpha)),
  GELU: layerOf<StructureOf<'GELU'>>(({ approximate }) =>
    approximate === 'tanh' ? smooth.geluByTanh : smooth.gelu,
  ),
  SiLU: layerOf(() => smooth.silu),
  Mish: layerOf(() => smooth.mish),
  Sigmoid: layerOf(() => smooth.sigmoidal),
  LogSigmoid: layerOf(() => smooth.logSigmoid),
  Hardsigmoid: layerOf(() => smooth.hardSigmoid),
  Hardswish: layerOf(() => smooth.hardSwish),
  Hardtanh: layerOf<StructureOf<'Hardtanh'>>(({ min_val, max_val }) => rectifiers.clamped(min_val, max_val)),
  Tanh: layerOf(() => smooth.hyperbolic),
  Tanhshrink: layerOf(() => smooth.tanhShrink),
  Softplus: layerOf<StructureOf<'Softplus'>>(({ beta, threshold }) => smooth.softPlus(beta, threshold)),
  Softsign: layerOf(() => smooth.softSign),
  Hardshrink: layerOf<StructureOf<'Hardshrink'>>(({ lambd }) => rectifiers.hardShrink(lambd)),
  Softshrink: layerOf<StructureOf<'Softshrink'>>(({ lambd }) => rectifiers.softShrink(lambd)),
  Threshold: layerOf<StructureOf<'Threshold'>>(({ threshold, value }) =>
    rectifiers.thresholded(threshold, value),
  ),
  Softmax: overDimension(softmax),
  Softmin: overDimension(softmin),
  LogSoftmax: overDimension(logSoftmax),
  GLU: glu,
  PReLU: prelu,
};
