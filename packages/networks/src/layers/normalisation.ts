import type { StructureOf } from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import type { LayerFunction, LayerResult } from './layer-function.js';

/** Normalises each channel over batch and positions; in evaluation by the running statistics, if they are tracked. */
export const batchNorm: LayerFunction<StructureOf<'BatchNorm1d'>> = (structure, step) => {
  const { num_features, eps, momentum, track_running_stats } = structure;
  const { input, parameters, training } = step;
  const channels = tf.reshape(input, [input.shape[0], num_features, -1]);
  const values = channels.size / num_features;
  const perChannel = (tensor: tf.Tensor) => tf.reshape(tensor, [1, num_features, 1]);
  const affine = {
    weight: parameters['weight'] && perChannel(parameters['weight']),
    bias: parameters['bias'] && perChannel(parameters['bias']),
  };

  // One value has no spread: a batch of one is normalised as in evaluation.
  if (track_running_stats && (!training || values === 1)) {
    const statistics = {
      mean: perChannel(parameters['running_mean']!),
      variance: perChannel(parameters['running_var']!),
      fixed: true,
    };
    return asShaped(normalise(channels, statistics, affine, [0, 2], eps), input.shape, [num_features]);
  }
  const { mean, variance } = tf.moments(channels, [0, 2], true);
  const result = normalise(channels, { mean, variance, fixed: false }, affine, [0, 2], eps);
  const shaped = asShaped(result, input.shape, [num_features]);
  if (!training || !track_running_stats) return shaped;

  const blend = (running: tf.Tensor, batch: tf.Tensor) =>
    tf.add(tf.mul(1 - momentum, running), tf.mul(momentum, tf.reshape(batch, [num_features])));
  const unbiased = tf.mul(variance, values / (values - 1));
  return {
    ...shaped,
    buffers: {
      running_mean: blend(parameters['running_mean']!, mean),
      running_var: blend(parameters['running_var']!, unbiased),
    },
  };
};

/** Normalises each sample over its last dimensions. */
export const layerNorm: LayerFunction<StructureOf<'LayerNorm'>> = ({ normalized_shape, eps }, step) => {
  const { input, parameters } = step;
  const width = normalized_shape.reduce((product, length) => product * length, 1);
  const rows = tf.reshape(input, [-1, width]);
  const flat = (tensor: tf.Tensor | undefined) => tensor && tf.reshape(tensor, [1, width]);
  const affine = { weight: flat(parameters['weight']), bias: flat(parameters['bias']) };
  const { mean, variance } = tf.moments(rows, [1], true);
  const result = normalise(rows, { mean, variance, fixed: false }, affine, [1], eps, [0]);
  return asShaped(result, input.shape, normalized_shape);
};

interface Statistics {
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
  /** True if they do not depend on the input. */
  readonly fixed: boolean;
}

interface Affine {
  readonly weight: tf.Tensor | undefined;
  readonly bias: tf.Tensor | undefined;
}

/** x̂ = (x − mean)/√(variance + ε), y = weight · x̂ + bias; `axes` are those the statistics were taken over. */
export function normalise(
  x: tf.Tensor,
  { mean, variance, fixed }: Statistics,
  { weight, bias }: Affine,
  axes: number[],
  eps: number,
  affineAxes: number[] = axes,
): LayerResult {
  const inverse = tf.rsqrt(tf.add(variance, eps));
  const normal = tf.mul(tf.sub(x, mean), inverse);
  const scaled = weight ? tf.mul(normal, weight) : normal;
  return {
    output: bias ? tf.add(scaled, bias) : scaled,
    backward(gradient) {
      const ofNormal = weight ? tf.mul(gradient, weight) : gradient;
      const centred = () =>
        tf.sub(
          tf.sub(ofNormal, tf.mean(ofNormal, axes, true)),
          tf.mul(normal, tf.mean(tf.mul(ofNormal, normal), axes, true)),
        );
      return {
        input: tf.mul(inverse, fixed ? ofNormal : centred()),
        parameters: {
          ...(weight && { weight: tf.sum(tf.mul(gradient, normal), affineAxes) }),
          ...(bias && { bias: tf.sum(gradient, affineAxes) }),
        },
      };
    },
  };
}

/** The same layer over tensors of another shape. */
function asShaped({ output, backward }: LayerResult, shape: number[], parameterShape: number[]): LayerResult {
  return {
    output: tf.reshape(output, shape),
    backward(gradient, needsInput) {
      const { input, parameters = {} } = backward(tf.reshape(gradient, output.shape), needsInput);
      return {
        input: tf.reshape(input!, shape),
        parameters: Object.fromEntries(
          Object.entries(parameters).map(([name, tensor]) => [name, tf.reshape(tensor, parameterShape)]),
        ),
      };
    },
  };
}
