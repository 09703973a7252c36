import { packTensors, type NamedTensors } from '@synergos/rpc-core';
import { expect, it } from 'vitest';
import { Datasets } from '../../src/index.js';
import { dataDirectoryOf } from './fixture.js';
import { fixture as tabular } from './fixtures/tabular.js';
import { fixture as vector } from './fixtures/vector.js';

const tensor = (shape: readonly number[], ...values: readonly number[]) => ({
  shape,
  data: Float32Array.from(values),
});

it.each<[string, NamedTensors | string, RegExp]>([
  ['no safetensors', 'rows', /is not a safetensors file whose tensors are all float32/],
  ['no features', { targets: tensor([1], 0) }, /needs a tensor 'features' of shape \[rows, length\]/],
  ['images', { features: tensor([1, 1, 2], 0, 1) }, /needs a tensor 'features' of shape \[rows, length\]/],
  ['no targets', { features: tensor([1, 2], 0, 1) }, /lacks the tensor 'targets' of shape \[rows\]/],
  [
    'too few targets',
    { features: tensor([2, 1], 0, 1), targets: tensor([1], 0) },
    /needs a tensor 'targets' of shape \[2\]/,
  ],
  [
    'a number that is not finite',
    { features: tensor([2, 1], 0, NaN), targets: tensor([2], 0, 1) },
    /has NaN or Infinity in row 2 of 'features'/,
  ],
  [
    'another length than the other file',
    { features: tensor([1, 3], 0, 1, 2), targets: tensor([1], 0) },
    /data\.safetensors has 2 numbers per row and vectors\/more\.safetensors 3/,
  ],
])('refuses a vector file with %s', async (_what, content, message) => {
  const more = typeof content === 'string' ? content : packTensors(content);
  const files = { ...vector.whole, 'more.safetensors': more };
  await using directory = await dataDirectoryOf({ vectors: files });
  const describing = new Datasets({ dataDirectory: directory.path }).describe([['vectors']], 'classify');
  await expect(describing).rejects.toMatchObject({
    code: 'invalid_dataset',
    message: expect.stringMatching(message),
  });
});

it('refuses folders of several data types under one kind of tags', async () => {
  await using directory = await dataDirectoryOf({ rows: tabular.whole, vectors: vector.whole });
  const datasets = new Datasets({ dataDirectory: directory.path });
  await expect(datasets.describe([['rows'], ['vectors']], 'classify')).rejects.toThrow(
    /vectors: metadata\.json: datatype 'vector' differs from 'tabular' of rows/,
  );
});
