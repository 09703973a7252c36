import { InvalidModel, type LayerName, type ModelLayer, type StructureOf } from '@synergos/fed-algorithms';
import { activationLayers } from './layers/activation.js';
import { multiheadAttention, transformerEncoderLayer } from './layers/attention.js';
import * as means from './layers/average-pooling.js';
import { conv1d, conv2d } from './layers/convolution.js';
import { embedding } from './layers/embedding.js';
import { groupNorm, instanceNorm } from './layers/group-normalisation.js';
import type { LayerFunction } from './layers/layer-function.js';
import { linear } from './layers/linear.js';
import * as maxima from './layers/max-pooling.js';
import { batchNorm, layerNorm } from './layers/normalisation.js';
import { constantPad, reflectionPad, replicationPad, zeroPad } from './layers/padding.js';
import { gru, lstm, rnn } from './layers/recurrent.js';
import { lastStep, meanOverSteps } from './layers/sequence.js';
import { channelDropout, dropout, flatten, identity, unflatten } from './layers/shaping.js';
import { convTranspose1d, convTranspose2d } from './layers/transposed-convolution.js';
import { upsample } from './layers/upsampling.js';
import { conv3d } from './layers/volume-convolution.js';

/** The forward and backward pass of each `l_type` of `@synergos/fed-algorithms`. */
export const layerFunctions: { readonly [Name in LayerName]: LayerFunction<StructureOf<Name>> } = {
  Linear: linear,
  Conv1d: conv1d,
  Conv2d: conv2d,
  Conv3d: conv3d,
  ConvTranspose1d: convTranspose1d,
  ConvTranspose2d: convTranspose2d,
  Upsample: upsample,
  MaxPool1d: maxima.maxPool1d,
  MaxPool2d: maxima.maxPool2d,
  MaxPool3d: maxima.maxPool3d,
  AdaptiveMaxPool1d: maxima.adaptiveMaxPool1d,
  AdaptiveMaxPool2d: maxima.adaptiveMaxPool2d,
  AdaptiveMaxPool3d: maxima.adaptiveMaxPool3d,
  AvgPool1d: means.avgPool1d,
  AvgPool2d: means.avgPool2d,
  AvgPool3d: means.avgPool3d,
  AdaptiveAvgPool1d: means.adaptiveAvgPool1d,
  AdaptiveAvgPool2d: means.adaptiveAvgPool2d,
  AdaptiveAvgPool3d: means.adaptiveAvgPool3d,
  Flatten: flatten,
  Unflatten: unflatten,
  Dropout: dropout,
  Dropout1d: channelDropout,
  Dropout2d: channelDropout,
  Dropout3d: channelDropout,
  BatchNorm1d: batchNorm,
  BatchNorm2d: batchNorm,
  BatchNorm3d: batchNorm,
  InstanceNorm1d: instanceNorm,
  InstanceNorm2d: instanceNorm,
  InstanceNorm3d: instanceNorm,
  GroupNorm: groupNorm,
  LayerNorm: layerNorm,
  Identity: identity,
  ZeroPad1d: zeroPad,
  ZeroPad2d: zeroPad,
  ZeroPad3d: zeroPad,
  ConstantPad1d: constantPad,
  ConstantPad2d: constantPad,
  ConstantPad3d: constantPad,
  ReflectionPad1d: reflectionPad,
  ReflectionPad2d: reflectionPad,
  ReflectionPad3d: reflectionPad,
  ReplicationPad1d: replicationPad,
  ReplicationPad2d: replicationPad,
  ReplicationPad3d: replicationPad,
  Embedding: embedding,
  RNN: rnn,
  LSTM: lstm,
  GRU: gru,
  LastStep: lastStep,
  MeanOverSteps: meanOverSteps,
  MultiheadAttention: multiheadAttention,
  TransformerEncoderLayer: transformerEncoderLayer,
  ...activationLayers,
};

/** The passes of a layer: those of this package, or those that the layer's plug-in brings. */
export function layerFunctionOf({ l_type, type }: ModelLayer): LayerFunction<unknown> {
  if (Object.hasOwn(layerFunctions, l_type))
    return layerFunctions[l_type as LayerName] as LayerFunction<unknown>;
  if (type.compute !== undefined) return type.compute;
  const message = `layer '${l_type}' has no function that computes it`;
  throw new InvalidModel([{ path: 'model', message }]);
}
