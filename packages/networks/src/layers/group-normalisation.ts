import type { StructureOf } from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from './along-axis.js';
import type { LayerFunction, LayerStep } from './layer-function.js';
import { batchNorm, normalise } from './normalisation.js';

/** Normalises groups of channels of each sample, then scales and shifts each channel. */
export const groupNorm: LayerFunction<StructureOf<'GroupNorm'>> = ({ num_groups, eps }, step) =>
  overGroups(step, num_groups, eps);

/** Normalises each channel of each sample; in evaluation by the running statistics, if they are kept. */
export const instanceNorm: LayerFunction<StructureOf<'InstanceNorm1d'>> = (structure, step) => {
  const { num_features, eps, momentum, track_running_stats } = structure;
  if (track_running_stats && !step.training) return batchNorm(structure, step);
  const result = overGroups(step, num_features, eps);
  if (!track_running_stats) return result;

  const { input, parameters } = step;
  const channels = tf.reshape(input, [input.shape[0], num_features, -1]);
  const values = channels.shape[2]!;
  const { mean, variance } = tf.moments(channels, [2]);
  const blend = (running: tf.Tensor, instances: tf.Tensor) =>
    tf.add(tf.mul(1 - momentum, running), tf.mul(momentum, tf.mean(instances, 0)));
  return {
    ...result,
    buffers: {
      running_mean: blend(parameters['running_mean']!, mean),
      running_var: blend(parameters['running_var']!, tf.mul(variance, values / (values - 1))),
    },
  };
};

function overGroups({ input, parameters }: LayerStep, groups: number, eps: number) {
  const [batch = 0, channels = 0, ...spatial] = input.shape;
  const byGroup = tf.reshape(input, [batch * groups, -1]);
  const { mean, variance } = tf.moments(byGroup, [1], true);
  const none = { weight: undefined, bias: undefined };
  const { output, backward } = normalise(byGroup, { mean, variance, fixed: false }, none, [1], eps);
  const byChannel = [batch, channels, sizeOf(spatial)];
  const normal = tf.reshape(output, byChannel);
  const perChannel = (tensor: tf.Tensor | undefined) => tensor && tf.reshape(tensor, [1, channels, 1]);
  const [weight, bias] = [perChannel(parameters['weight']), perChannel(parameters['bias'])];
  const scaled = weight ? tf.mul(normal, weight) : normal;
  return {
    output: tf.reshape(bias ? tf.add(scaled, bias) : scaled, input.shape),
    backward(gradient: tf.Tensor) {
      const ofOutput = tf.reshape(gradient, byChannel);
      const ofNormal = weight ? tf.mul(ofOutput, weight) : ofOutput;
      const { input: ofInput } = backward(tf.reshape(ofNormal, byGroup.shape), true);
      return {
        input: tf.reshape(ofInput!, input.shape),
        parameters: {
          ...(weight && { weight: tf.sum(tf.mul(ofOutput, normal), [0, 2]) }),
          ...(bias && { bias: tf.sum(ofOutput, [0, 2]) }),
        },
      };
    },
  };
}
