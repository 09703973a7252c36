import { expect, it } from 'vitest';
import { adaptModel, type Alignment } from './adapt.js';
import { inferShapes, parseModel } from './definition.js';

const classifier = (activation: string | null) =>
  parseModel([
    { l_type: 'Linear', structure: { in_features: 3, out_features: 7 }, activation: 'relu', is_input: true },
    { l_type: 'Linear', structure: { in_features: 7, out_features: 1 }, activation },
  ]);

it.each([
  ['two classes take one sigmoid unit', 'softmax', { action: 'classify', outputs: 2 }, [1, 'sigmoid']],
  [
    'three classes take three units with softmax',
    'sigmoid',
    { action: 'classify', outputs: 3 },
    [3, 'softmax'],
  ],
  ['a log_softmax is kept', 'log_softmax', { action: 'classify', outputs: 3 }, [3, 'log_softmax']],
  [
    'a log_softmax over two classes keeps two units',
    'log_softmax',
    { action: 'classify', outputs: 2 },
    [2, 'log_softmax'],
  ],
  [
    'regression takes one unit and keeps its activation',
    'relu',
    { action: 'regress', outputs: 1 },
    [1, 'relu'],
  ],
  [
    'regression drops a softmax, constant over one unit',
    'softmax',
    { action: 'regress', outputs: 1 },
    [1, 'identity'],
  ],
] as const)('%s', (_what, activation, alignment: Alignment, [units, expected]) => {
  const adapted = adaptModel(classifier(activation), { ...alignment, inputs: 11 });
  expect(inferShapes(adapted)).toMatchObject({ input: [11], output: [units] });
  expect(adapted.at(-1)!.activation).toBe(expected);
  expect(adapted[0]!.activation).toBe('relu');
});

it.each([
  ['two classes turn a layer Softmax into Sigmoid', 'Softmax', 'classify', 2, ['Sigmoid', {}, 1]],
  ['three classes turn a layer Sigmoid into Softmax', 'Sigmoid', 'classify', 3, ['Softmax', { dim: 1 }, 3]],
  ['a layer LogSoftmax is kept', 'LogSoftmax', 'classify', 3, ['LogSoftmax', { dim: null }, 3]],
  ['regression drops a layer Softmax', 'Softmax', 'regress', 1, ['Identity', {}, 1]],
] as const)('%s', (_what, l_type, action, outputs, [expected, structure, units]) => {
  const model = parseModel([
    { l_type: 'Linear', structure: { in_features: 3, out_features: 7 } },
    { l_type: 'ReLU' },
    { l_type: 'Linear', structure: { in_features: 7, out_features: 5 } },
    { l_type },
  ]);
  const adapted = adaptModel(model, { action, inputs: 11, outputs });
  expect(inferShapes(adapted).outputs).toEqual([[7], [7], [units], [units]]);
  expect(adapted.at(-1)).toMatchObject({ l_type: expected, structure, activation: 'identity' });
  expect(parseModel(adapted)).toEqual(adapted);
});

it('norms before the first and after the last layer with weights follow its size', () => {
  const model = parseModel([
    { l_type: 'BatchNorm1d', structure: { num_features: 3 } },
    { l_type: 'Dropout', structure: {} },
    { l_type: 'Linear', structure: { in_features: 3, out_features: 2 } },
    { l_type: 'LayerNorm', structure: { normalized_shape: 2 }, activation: 'softmax' },
  ]);
  const adapted = adaptModel(model, { action: 'classify', inputs: 9, outputs: 4 });
  expect(inferShapes(adapted).outputs).toEqual([[9], [9], [4], [4]]);
});

it('without a number of inputs, as for images, the first layer is left alone', () => {
  const model = parseModel([
    { l_type: 'Conv2d', structure: { in_channels: 1, out_channels: 2, kernel_size: 3 } },
    { l_type: 'Flatten' },
    { l_type: 'Linear', structure: { in_features: 32, out_features: 1 }, activation: 'sigmoid' },
  ]);
  const adapted = adaptModel(model, { action: 'classify', outputs: 10 });
  expect(adapted.slice(0, 2)).toEqual(model.slice(0, 2));
  expect(inferShapes(adapted, [1, 6, 6]).output).toEqual([10]);
  expect(model.at(-1)!.structure['out_features']).toBe(1);
});

it('a last layer without an output size is left alone', () => {
  const model = parseModel([
    { l_type: 'AdaptiveAvgPool2d', structure: { output_size: 1 } },
    { l_type: 'Flatten' },
  ]);
  expect(adaptModel(model, { action: 'classify', outputs: 10 })).toEqual(model);
});
