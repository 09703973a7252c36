import type { StructureOf } from '@synergos/fed-algorithms';
import * as tf from '@tensorflow/tfjs-core';
import { softmax } from '../activations/softmax.js';
import { activationLayers } from './activation.js';
import { chain, part, residual, type Part } from './composition.js';
import type { LayerFunction } from './layer-function.js';
import { linear } from './linear.js';
import { layerNorm } from './normalisation.js';
import { dropout } from './shaping.js';

/** Self-attention: queries, keys and values are all the input. Vaswani et al.: Attention Is All You Need (2017). */
export const multiheadAttention: LayerFunction<StructureOf<'MultiheadAttention'>> = (structure, step) => {
  const { embed_dim, bias } = structure;
  const dense = (outputs: number) => ({ in_features: embed_dim, out_features: outputs, bias });
  return chain(
    renamed(
      { in_proj_weight: 'in_proj.weight', in_proj_bias: 'in_proj.bias' },
      part('in_proj', linear, dense(3 * embed_dim)),
    ),
    heads(structure),
    part('out_proj', linear, dense(embed_dim)),
  )(step);
};

export const transformerEncoderLayer: LayerFunction<StructureOf<'TransformerEncoderLayer'>> = (
  structure,
  step,
) => {
  const { d_model, nhead, dim_feedforward, bias, layer_norm_eps, norm_first } = structure;
  const drop: Part = (inner) => dropout({ p: structure.dropout, inplace: false }, inner);
  const dense = (name: string, in_features: number, out_features: number) =>
    part(name, linear, { in_features, out_features, bias });
  const norm = (name: string) =>
    part(name, layerNorm, {
      normalized_shape: [d_model],
      eps: layer_norm_eps,
      elementwise_affine: true,
      bias,
    });
  const attention = part('self_attn', multiheadAttention, {
    embed_dim: d_model,
    num_heads: nhead,
    dropout: structure.dropout,
    bias,
    add_bias_kv: false,
    add_zero_attn: false,
    kdim: null,
    vdim: null,
    batch_first: true,
  });
  const activation: Part = (inner) =>
    structure.activation === 'gelu'
      ? activationLayers.GELU({ approximate: 'none' }, inner)
      : activationLayers.ReLU({}, inner);
  const attend = [attention, drop];
  const feed = [
    dense('linear1', d_model, dim_feedforward),
    activation,
    drop,
    dense('linear2', dim_feedforward, d_model),
    drop,
  ];
  const whole = norm_first
    ? chain(residual(chain(norm('norm1'), ...attend)), residual(chain(norm('norm2'), ...feed)))
    : chain(residual(chain(...attend)), norm('norm1'), residual(chain(...feed)), norm('norm2'));
  return whole(step);
};

/** softmax(q kᵀ / √d) v of each head; the input is q, k and v side by side. */
function heads({ embed_dim, num_heads, dropout: p }: StructureOf<'MultiheadAttention'>): Part {
  const width = embed_dim / num_heads;
  return (step) => {
    const [batch, length] = step.input.shape as [number, number];
    // [batch, length, heads · width] ↔ [batch · heads, length, width]
    const apart = (tensor: tf.Tensor) =>
      tf.reshape<tf.Rank.R3>(
        tf.transpose(tf.reshape(tensor, [batch, length, num_heads, width]), [0, 2, 1, 3]),
        [batch * num_heads, length, width],
      );
    const together = (tensor: tf.Tensor) =>
      tf.reshape(tf.transpose(tf.reshape(tensor, [batch, num_heads, length, width]), [0, 2, 1, 3]), [
        batch,
        length,
        embed_dim,
      ]);
    const [q, k, v] = tf.split(step.input, 3, 2).map(apart) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
    const scale = 1 / Math.sqrt(width);
    const scores = tf.mul(tf.matMul(q, k, false, true), scale);
    const { forward, backward } = softmax(2);
    const shares = forward(scores);
    const dropped = dropout({ p, inplace: false }, { ...step, input: shares });
    const kept = dropped.output as tf.Tensor3D;
    return {
      output: together(tf.matMul(kept, v)),
      backward(gradient) {
        const ofOutput = apart(gradient);
        const ofShares = dropped.backward(tf.matMul(ofOutput, v, false, true), true).input!;
        const ofScores = tf.mul(backward(scores, shares, ofShares), scale) as tf.Tensor3D;
        const parts = [
          tf.matMul(ofScores, k),
          tf.matMul(ofScores, q, true, false),
          tf.matMul(kept, ofOutput, true, false),
        ];
        return { input: tf.concat(parts.map(together), 2) };
      },
    };
  };
}

/** A part that has other names for its parameters than the whole. */
function renamed(names: Readonly<Record<string, string>>, apply: Part): Part {
  const inner = (name: string) => names[name] ?? name;
  const outer = new Map(Object.entries(names).map(([whole, own]) => [own, whole]));
  const rename = (tensors: Readonly<Record<string, tf.Tensor>>, to: (name: string) => string) =>
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [to(name), tensor]));
  return (step) => {
    const { output, backward } = apply({ ...step, parameters: rename(step.parameters, inner) });
    return {
      output,
      backward(gradient, needsInput) {
        const { input, parameters = {} } = backward(gradient, needsInput);
        return {
          ...(input && { input }),
          parameters: rename(parameters, (name) => outer.get(name) ?? name),
        };
      },
    };
  };
}
