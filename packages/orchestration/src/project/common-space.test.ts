import type { DatasetDescription, DescribeReply } from '@synergos/rpc-core';
import { describe, expect, it } from 'vitest';
import { commonSpace, spacersOf } from './common-space.js';

const dataset = (columns: DatasetDescription['columns'], classes: string[] = []): DatasetDescription => ({
  datatype: 'tabular',
  samples: 10,
  columns,
  classes,
  version: 'v1',
});
const alice = dataset(
  [
    { name: 'sex', type: 'category', levels: ['f'] },
    { name: 'age', type: 'numeric', range: [20, 60] },
  ],
  ['b'],
);
const bob = dataset(
  [
    { name: 'age', type: 'numeric', range: [10, 50] },
    { name: 'Zone', type: 'numeric' },
    { name: 'sex', type: 'category', levels: ['m', 'f'] },
  ],
  ['a', 'b'],
);

const described = (train: DatasetDescription, more: Partial<DescribeReply> = {}): DescribeReply => ({
  train,
  evaluate: null,
  predict: null,
  ...more,
});

describe('the common space', () => {
  it('is the sorted union of columns, levels and classes in every order of participants', () => {
    const space = commonSpace({ alice: described(alice), bob: described(bob) });
    expect(space.features).toEqual(['Zone', 'age', 'sex_f', 'sex_m']);
    expect(space.classes).toEqual(['a', 'b']);
    expect(space.columns).toEqual([
      { name: 'Zone', type: 'numeric' },
      { name: 'age', type: 'numeric', range: [10, 60] },
      { name: 'sex', type: 'category', levels: ['f', 'm'] },
    ]);
    expect(commonSpace({ bob: described(bob), alice: described(alice) })).toEqual(space);
  });

  it('takes ranges from training rows only', () => {
    const wide = dataset([{ name: 'age', type: 'numeric', range: [-1000, 1000] }]);
    const space = commonSpace({ alice: described(alice, { evaluate: wide, predict: wide }) });
    expect(space.columns.find(({ name }) => name === 'age')?.range).toEqual([20, 60]);
  });

  it('gives the positions that each data set lacks', () => {
    const space = commonSpace({ alice: described(alice), bob: described(bob) });
    expect(spacersOf(space, alice)).toEqual({ X: [0, 3], y: [0] });
    expect(spacersOf(space, bob)).toEqual({ X: [], y: [] });
    expect(spacersOf(space, null)).toEqual({ X: [], y: [] });
  });

  it('is refused if two columns give a feature of the same name', () => {
    const clash = dataset([
      { name: 'sex', type: 'category', levels: ['f'] },
      { name: 'sex_f', type: 'numeric' },
    ]);
    expect(() => commonSpace({ alice: described(clash) })).toThrow(/two columns give a feature 'sex_f'/);
  });

  it('is refused if a column has two types, or data two datatypes', () => {
    const text = dataset([{ name: 'age', type: 'category', levels: ['old'] }]);
    expect(() => commonSpace({ alice: described(alice), carol: described(text) })).toThrow(
      /column 'age' is numeric at alice and category at carol/,
    );
    expect(() =>
      commonSpace({ alice: described(alice), carol: described({ ...bob, datatype: 'image' }) }),
    ).toThrow(/alice has tabular data and carol has image data/);
    expect(() => commonSpace({})).toThrow(/no participant described any data/);
  });
});
