import { describe, expect, it } from 'vitest';
import { inferShapes, parseModel } from './definition.js';
import { InvalidModel } from './invalid-model.js';

const linear = (in_features: number, out_features: number, activation: string | null = null) => ({
  activation,
  is_input: false,
  l_type: 'Linear',
  structure: { in_features, out_features },
});

describe('parseModel', () => {
  it('fills in PyTorch’s defaults, and takes a model it has parsed', () => {
    const model = parseModel([
      { is_input: true, l_type: 'Conv2d', structure: { in_channels: 1, out_channels: 4, kernel_size: 3 } },
      { activation: '', l_type: 'MaxPool2d', structure: { kernel_size: [2, 3] } },
      { l_type: 'Flatten' },
    ]);
    expect(model).toEqual([
      {
        activation: 'identity',
        is_input: true,
        l_type: 'Conv2d',
        structure: {
          in_channels: 1,
          out_channels: 4,
          kernel_size: [3, 3],
          stride: [1, 1],
          padding: [0, 0],
          dilation: [1, 1],
          groups: 1,
          bias: true,
          padding_mode: 'zeros',
        },
      },
      {
        activation: 'identity',
        is_input: false,
        l_type: 'MaxPool2d',
        structure: {
          kernel_size: [2, 3],
          stride: [2, 3],
          padding: [0, 0],
          dilation: [1, 1],
          ceil_mode: false,
          return_indices: false,
        },
      },
      {
        activation: 'identity',
        is_input: false,
        l_type: 'Flatten',
        structure: { start_dim: 1, end_dim: -1 },
      },
    ]);
    expect(parseModel(JSON.parse(JSON.stringify(model)))).toEqual(model);
  });

  it.each([
    [
      'an unknown layer',
      [linear(2, 1), { l_type: 'Linar' }],
      'model.1.l_type',
      /unknown layer 'Linar'; .*Conv2d/,
    ],
    [
      'an unknown activation',
      [linear(2, 1, 'rely')],
      'model.0.activation',
      /unknown activation 'rely'; .*relu6/,
    ],
    [
      'a missing argument',
      [{ l_type: 'Linear', structure: { in_features: 2 } }],
      'model.0.structure.out_features',
      /./,
    ],
    ['an argument of a wrong type', [linear('8' as never, 1)], 'model.0.structure.in_features', /number/],
    [
      'an argument PyTorch does not have',
      [{ l_type: 'Dropout', structure: { rate: 0.5 } }],
      'model.0.structure',
      /rate/,
    ],
    [
      'groups that do not divide the channels',
      [{ l_type: 'Conv1d', structure: { in_channels: 3, out_channels: 4, kernel_size: 1, groups: 2 } }],
      'model.0.structure.groups',
      /must divide in_channels 3/,
    ],
    [
      'a batch that does not come first',
      [{ l_type: 'LSTM', structure: { input_size: 2, hidden_size: 2, batch_first: false } }],
      'model.0.structure.batch_first',
      /batch first/,
    ],
    [
      'more recurrent layers than there may be',
      [{ l_type: 'RNN', structure: { input_size: 2, hidden_size: 2, num_layers: 1e9 } }],
      'model.0.structure.num_layers',
      /<=100/,
    ],
    [
      'heads that do not divide the features',
      [{ l_type: 'TransformerEncoderLayer', structure: { d_model: 6, nhead: 4 } }],
      'model.0.structure.nhead',
      /must divide d_model/,
    ],
    [
      'groups that do not divide the channels of a norm',
      [{ l_type: 'GroupNorm', structure: { num_groups: 2, num_channels: 3 } }],
      'model.0.structure.num_groups',
      /must divide num_channels/,
    ],
    [
      'an output padding beyond the stride',
      [
        {
          l_type: 'ConvTranspose1d',
          structure: { in_channels: 1, out_channels: 1, kernel_size: 2, output_padding: 1 },
        },
      ],
      'model.0.structure.output_padding',
      /must be below stride/,
    ],
    [
      'an upsampling without a size',
      [{ l_type: 'Upsample', structure: { mode: 'nearest' } }],
      'model.0.structure.size',
      /either size or scale_factor/,
    ],
    [
      'a padding of the wrong length',
      [{ l_type: 'ZeroPad2d', structure: { padding: [1, 2] } }],
      'model.0.structure.padding',
      /exactly 4 items/,
    ],
    [
      'a padding index without an embedding',
      [{ l_type: 'Embedding', structure: { num_embeddings: 3, embedding_dim: 2, padding_idx: 3 } }],
      'model.0.structure.padding_idx',
      /must be below num_embeddings/,
    ],
    ['no layer', [], 'model', /at least one layer/],
    ['no list', 'Linear', 'model', /array/],
  ])('names %s by its path', (_what, raw, path, message) => {
    expect(issuesOf(() => parseModel(raw))).toEqual([
      { path, message: expect.stringMatching(message) as string },
    ]);
  });
});

describe('inferShapes', () => {
  it('takes the input from the first layer that states it', () => {
    const model = parseModel([{ l_type: 'Dropout', structure: {} }, linear(8, 5), linear(5, 3)]);
    expect(inferShapes(model)).toEqual({ input: [8], outputs: [[8], [5], [3]], output: [3] });
  });

  it('follows an image through a convolutional network', () => {
    const model = parseModel([
      {
        l_type: 'Conv2d',
        structure: { in_channels: 3, out_channels: 6, kernel_size: 5, stride: 2, padding: 1 },
      },
      { l_type: 'BatchNorm2d', structure: { num_features: 6 } },
      { l_type: 'MaxPool2d', structure: { kernel_size: 2 } },
      { l_type: 'AdaptiveAvgPool2d', structure: { output_size: 2 } },
      { l_type: 'Flatten' },
      linear(24, 10),
    ]);
    const shapes = [[6, 13, 15], [6, 13, 15], [6, 6, 7], [6, 2, 2], [24], [10]];
    expect(inferShapes(model, [3, 28, 31]).outputs).toEqual(shapes);
  });

  it.each([
    [
      'a layer that does not fit the one before',
      [linear(4, 8), linear(5, 1)],
      [4],
      'model.1.structure.in_features',
      'expected 8 (the output of layer 0), got 5',
    ],
    [
      'a first layer that does not fit the samples',
      [linear(4, 8)],
      [6],
      'model.0.structure.in_features',
      'expected 6 (the input), got 4',
    ],
    [
      'a kernel larger than what it slides over',
      [{ l_type: 'MaxPool1d', structure: { kernel_size: 5 } }],
      [1, 4],
      'model.0.structure.kernel_size',
      'reaches over 5, the input has 4 with its padding',
    ],
    [
      'a sample of the wrong rank',
      [{ l_type: 'Conv2d', structure: { in_channels: 1, out_channels: 1, kernel_size: 1 } }],
      [7],
      'model.0.structure',
      'takes [channels, height, width], got [7]',
    ],
    [
      'a softmax over the batch',
      [{ l_type: 'Softmax', structure: { dim: 0 } }],
      [4],
      'model.0.structure.dim',
      'must be in 1..1: 0 is the batch',
    ],
    [
      'an odd dimension to halve',
      [{ l_type: 'GLU' }],
      [5],
      'model.0.structure.dim',
      'halves a dimension of even length, got 5',
    ],
    [
      'a reflection longer than its input',
      [{ l_type: 'ReflectionPad1d', structure: { padding: 3 } }],
      [1, 3],
      'model.0.structure.padding',
      'must be below the 3 values that it reflects',
    ],
    [
      'an interpolation of other dimensions',
      [{ l_type: 'Upsample', structure: { size: 2, mode: 'bilinear' } }],
      [1, 3],
      'model.0.structure.mode',
      'must be nearest or linear for [1, 3]',
    ],
    [
      'a row of features where a sequence is needed',
      [{ l_type: 'GRU', structure: { input_size: 4, hidden_size: 2 } }],
      [4],
      'model.0.structure',
      'takes [length, features], got [4]',
    ],
    [
      'features that do not unflatten',
      [{ l_type: 'Unflatten', structure: { dim: 1, unflattened_size: [2, 3] } }],
      [8],
      'model.0.structure.unflattened_size',
      '[2, 3] is 6 values, the input has 8',
    ],
    [
      'a channel of one value to normalise',
      [{ l_type: 'InstanceNorm1d', structure: { num_features: 2 } }],
      [2, 1],
      'model.0.structure',
      'needs more than one value in a channel, got [2, 1]',
    ],
    [
      'an image network without the size of its images',
      [{ l_type: 'Conv2d', structure: { in_channels: 1, out_channels: 1, kernel_size: 1 } }],
      undefined,
      'model.0',
      expect.stringContaining('give its shape') as string,
    ],
  ])('refuses %s', (_what, raw, shape, path, message) => {
    expect(issuesOf(() => inferShapes(parseModel(raw), shape))).toEqual([{ path, message }]);
  });
});

function issuesOf(act: () => unknown) {
  try {
    act();
  } catch (error) {
    if (error instanceof InvalidModel) return error.issues;
    throw error;
  }
  throw new Error('nothing was refused');
}
