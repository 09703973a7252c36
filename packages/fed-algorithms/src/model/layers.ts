import type { z } from 'zod';
import * as activationLayers from './layers/activation.js';
import * as attention from './layers/attention.js';
import { Conv1d, Conv2d, Conv3d } from './layers/convolution.js';
import * as groupNorms from './layers/group-normalisation.js';
import type { LayerType, NamedLayerType } from './layers/layer-type.js';
import { Linear } from './layers/linear.js';
import { BatchNorm1d, BatchNorm2d, BatchNorm3d, LayerNorm } from './layers/normalisation.js';
import * as pads from './layers/padding.js';
import * as pools from './layers/pooling.js';
import * as sequences from './layers/sequence.js';
import * as shaping from './layers/shaping.js';
import { ConvTranspose1d, ConvTranspose2d } from './layers/transposed-convolution.js';
import { Upsample } from './layers/upsampling.js';

/** The layers of this package by their `l_type`: PyTorch's class, PyTorch's arguments. */
export const layerTypes = {
  Linear,
  Conv1d,
  Conv2d,
  Conv3d,
  ConvTranspose1d,
  ConvTranspose2d,
  Upsample,
  ...pools,
  BatchNorm1d,
  BatchNorm2d,
  BatchNorm3d,
  LayerNorm,
  ...groupNorms,
  ...shaping,
  ...activationLayers,
  ...pads,
  ...sequences,
  ...attention,
} as const;

export type LayerName = keyof typeof layerTypes;

/** Parsed arguments of one layer type. */
export type StructureOf<Name extends LayerName> = z.output<(typeof layerTypes)[Name]['structure']>;

/** The layers of this package. */
export const layers: readonly NamedLayerType[] = Object.entries(layerTypes).map(([name, type]) => ({
  name,
  ...(type as LayerType<z.ZodType<any>>),
}));

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
