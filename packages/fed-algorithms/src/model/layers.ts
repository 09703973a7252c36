import type { z } from 'zod';
import * as activationLayers from './layers/activation.js';
import { Conv1d, Conv2d } from './layers/convolution.js';
import type { LayerType } from './layers/layer-type.js';
import { Linear } from './layers/linear.js';
import { BatchNorm1d, BatchNorm2d, LayerNorm } from './layers/normalisation.js';
import { AdaptiveAvgPool2d, AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d } from './layers/pooling.js';
import { Dropout, Dropout2d, Flatten, Identity } from './layers/shaping.js';

/** Every layer a model can name, by its `l_type`: PyTorch's class, PyTorch's arguments. */
export const layerTypes = {
  Linear,
  Conv1d,
  Conv2d,
  MaxPool1d,
  MaxPool2d,
  AvgPool1d,
  AvgPool2d,
  AdaptiveAvgPool2d,
  Flatten,
  Dropout,
  Dropout2d,
  BatchNorm1d,
  BatchNorm2d,
  LayerNorm,
  Identity,
  ...activationLayers,
} as const;

export type LayerName = keyof typeof layerTypes;

/** Parsed arguments of one layer type. */
export type StructureOf<Name extends LayerName> = z.output<(typeof layerTypes)[Name]['structure']>;

export function findLayerType(name: string): LayerType<z.ZodType<any>> | undefined {
  return Object.hasOwn(layerTypes, name) ? layerTypes[name as LayerName] : undefined;
}

/** Every activation a layer can name: functions of `torch.nn.functional`. `identity`, '' and null mean none. */
export const activations = [
  'identity',
  'relu',
  'relu6',
  'leaky_relu',
  'elu',
  'selu',
  'celu',
  'gelu',
  'silu',
  'mish',
  'sigmoid',
  'logsigmoid',
  'hardsigmoid',
  'hardswish',
  'hardtanh',
  'tanh',
  'tanhshrink',
  'softplus',
  'softsign',
  'softmin',
  'softmax',
  'log_softmax',
] as const;

export type ActivationName = (typeof activations)[number];
