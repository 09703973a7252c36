import { commonSpaceSchema } from '@synergos/contract';
import type { DatasetDescription, DescribeReply } from '@synergos/rpc-core';
import { describe, expect, it } from 'vitest';
import { commonSpace, spacersOf } from '../../src/project/common-space.js';
import { agreementRegistry } from '../../src/project/agreements/registry.js';

/** Reads the export `described` of `<datatype>.ts`: compatible descriptions of three participants' data. */
async function describedOf(datatype: string) {
  const { described } = (await import(`./${datatype}.ts`)) as {
    readonly described: readonly Partial<DatasetDescription>[];
  };
  return described;
}

const cases = await Promise.all(
  [...agreementRegistry].map(async ([datatype, agreement]) => ({
    datatype,
    agreement,
    changes: await describedOf(datatype),
  })),
);

describe.each(cases)('agreement of $datatype', ({ datatype, agreement, changes }) => {
  const described = changes.map((change, index): DescribeReply => {
    const classes = [['well'], ['ill', 'well'], ['ill']][index] ?? [];
    const data = { datatype, samples: 5, columns: [], classes, version: 'v', ...change };
    return { train: data, evaluate: index === 0 ? data : null, predict: null };
  });
  const [a, b, c] = described;
  const space = commonSpace({ a: a!, b: b!, c: c! });

  it('is registered under its name', () => {
    expect(agreement.datatype).toBe(datatype);
  });

  it('returns a space in the form of the protocol, with the union of the classes', () => {
    expect(commonSpaceSchema.parse(space)).toEqual(space);
    expect(space).toMatchObject({ datatype, classes: ['ill', 'well'] });
  });

  it('returns the same space for every order of the participants', () => {
    expect(commonSpace({ c: c!, a: a!, b: b! })).toEqual(space);
  });

  it('returns unique features; each data set has some of them and lacks the others', () => {
    expect(new Set(space.features).size).toBe(space.features.length);
    for (const { train } of described) {
      const filled = agreement.features(train, space);
      expect(space.features).toEqual(expect.arrayContaining([...filled]));
      expect(spacersOf(space, train).X).toHaveLength(space.features.length - filled.length);
    }
  });

  it('fits the first layer to the space', () => {
    const inputs = agreement.inputs(space);
    if (inputs !== undefined) expect(inputs).toBe(space.features.length);
  });

  it('rejects data of different types with the names of both participants', () => {
    const other = { ...b!.train, datatype: 'sound' };
    expect(() => commonSpace({ a: a!, b: { ...b!, train: other } })).toThrow(
      `a has ${datatype} data and b has sound data`,
    );
  });
});

it('rejects a data type without an agreement', () => {
  const train = { datatype: 'sound', samples: 5, columns: [], classes: [], version: 'v' };
  expect(() => commonSpace({ a: { train, evaluate: null, predict: null } })).toThrow(
    'a has sound data, which this TTP cannot align; it aligns tabular, vector',
  );
});

it('rejects vectors of different lengths with the names of both participants', () => {
  const vectors = (length: unknown): DescribeReply => ({
    train: { datatype: 'vector', samples: 5, columns: [], classes: [], version: 'v', details: { length } },
    evaluate: null,
    predict: null,
  });
  expect(() => commonSpace({ a: vectors(3), b: vectors(4) })).toThrow(
    'a has 3 numbers per row and b 4; participants of one project need rows of the same length',
  );
  for (const length of ['3', 1e15, 0])
    expect(() => commonSpace({ a: vectors(length) })).toThrow(
      'a: the description of vector data lacks details.length, a whole number up to 100000',
    );
});
