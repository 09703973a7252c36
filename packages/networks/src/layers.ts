import type { LayerName, StructureOf } from '@synergos/fed-algorithms';
import { activationLayers } from './layers/activation.js';
import { conv1d, conv2d } from './layers/convolution.js';
import type { LayerFunction } from './layers/layer-function.js';
import { linear } from './layers/linear.js';
import { batchNorm, layerNorm } from './layers/normalisation.js';
import { adaptiveAvgPool2d, avgPool1d, avgPool2d, maxPool1d, maxPool2d } from './layers/pooling.js';
import { dropout, dropout2d, flatten, identity } from './layers/shaping.js';

/** What each `l_type` of the catalogue computes, forwards and backwards. */
export const layerFunctions: { readonly [Name in LayerName]: LayerFunction<StructureOf<Name>> } = {
  Linear: linear,
  Conv1d: conv1d,
  Conv2d: conv2d,
  MaxPool1d: maxPool1d,
  MaxPool2d: maxPool2d,
  AvgPool1d: avgPool1d,
  AvgPool2d: avgPool2d,
  AdaptiveAvgPool2d: adaptiveAvgPool2d,
  Flatten: flatten,
  Dropout: dropout,
  Dropout2d: dropout2d,
  BatchNorm1d: batchNorm,
  BatchNorm2d: batchNorm,
  LayerNorm: layerNorm,
  Identity: identity,
  ...activationLayers,
};
