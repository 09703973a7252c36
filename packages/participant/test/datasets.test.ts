import { appendFile, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLogger } from '@synergos/contract';
import { describe, expect, it } from 'vitest';
import { Datasets } from '../src/index.js';
import { dataDirectory, SPACE, type Content } from './folders.js';

const HEART = [['heart']];
/** Accepts any number of misfits. */
const LENIENT = '{"datatype": "tabular", "max_misfits": 1}';
const CLASSIFY = { space: SPACE, action: 'classify' } as const;

async function describeOne(content: Content, action: 'classify' | 'regress' = 'classify') {
  await using directory = await dataDirectory({ heart: content });
  return await new Datasets({ dataDirectory: directory.path }).describe(HEART, action);
}

async function samplesOf(content: Content, space = SPACE, action: 'classify' | 'regress' = 'classify') {
  await using directory = await dataDirectory({ heart: content });
  const samples = await new Datasets({ dataDirectory: directory.path }).samples(HEART, { space, action });
  const [width = 1] = samples.shape;
  const rows = Array.from({ length: samples.count }, (_, row) => [
    ...samples.features.slice(row * width, (row + 1) * width),
  ]);
  return { rows, targets: [...samples.targets] };
}

/** What describing the data logs. */
async function logOf(content: Content) {
  await using directory = await dataDirectory({ heart: content });
  const [warnings, notes]: [object[], object[]] = [[], []];
  const logger = {
    ...silentLogger,
    info: (fields: object) => void notes.push(fields),
    warn: (fields: object) => void warnings.push(fields),
  };
  await new Datasets({ dataDirectory: directory.path, logger }).describe(HEART, 'classify');
  return { warnings, notes };
}

describe('tags', () => {
  it.each([[['..', 'other']], [['heart', '..', '..']], [['/etc']], [['a/b']], [['.']], [['a\\b']]])(
    'refuses a tag that leaves the data directory by its name: %j',
    async (tag) => {
      await using directory = await dataDirectory();
      const describing = new Datasets({ dataDirectory: directory.path }).describe([tag], 'classify');
      await expect(describing).rejects.toMatchObject({ code: 'tag_outside' });
    },
  );

  it('refuses a symbolic link that leaves the data directory, and follows one that stays inside', async () => {
    await using outside = await dataDirectory();
    await using directory = await dataDirectory();
    await symlink(join(outside.path, 'heart'), join(directory.path, 'out'));
    await symlink(join(directory.path, 'heart'), join(directory.path, 'in'));
    const datasets = new Datasets({ dataDirectory: directory.path });
    await expect(datasets.describe([['out']], 'classify')).rejects.toMatchObject({ code: 'tag_outside' });
    expect((await datasets.describe([['in']], 'classify')).samples).toBe(3);
  });

  it('names a tag that has no folder', async () => {
    await using directory = await dataDirectory();
    const describing = new Datasets({ dataDirectory: directory.path }).describe(
      [['lung', 'train']],
      'classify',
    );
    await expect(describing).rejects.toThrow(/tag \['lung', 'train'\] names no folder/);
  });
});

describe('invalid folders', () => {
  it.each<[string, Content, RegExp]>([
    ['no metadata', { metadata: '' }, /metadata\.json is missing/],
    ['metadata that is not JSON', { metadata: '{' }, /metadata\.json is not valid JSON: line 1, column 2$/],
    [
      'a datatype without a pipeline',
      { metadata: '{"datatype": "image"}' },
      /metadata\.json: datatype: expected one that has a pipeline here: tabular, vector$/,
    ],
    ['metadata that is a list', { metadata: '[]' }, /metadata\.json: expected an object such as/],
    ['no schema', { schema: '' }, /schema\.json is missing/],
    ['a schema without target', { schema: '{"age": "int32"}' }, /no column 'target'/],
    [
      'an unknown type',
      { schema: '{"age": "integer", "target": "category"}' },
      /'age' has the unknown type 'integer'; known are/,
    ],
    [
      'a column of free text, whose values would leave the machine',
      { schema: '{"age": "int32", "sex": "string", "target": "category"}' },
      /schema\.json: column 'sex' has the type string: .*declare it as category/,
    ],
    ['no CSV', { csv: '' }, /holds no CSV file/],
    ['a missing column', { csv: 'age,target\n1,ill\n' }, /data\.csv lacks column 'sex', 'smokes'/],
    ['a ragged row', { csv: 'age,sex,smokes,target\n1,f\n' }, /data\.csv: /],
    ['no row', { csv: 'age,sex,smokes,target\n' }, /holds no row/],
  ])('refuses %s and names the folder', async (_what, content, message) => {
    await expect(describeOne(content)).rejects.toMatchObject({
      code: 'invalid_dataset',
      message: expect.stringMatching(message),
    });
    // By its tag: paths of the participant's machine stay there.
    await expect(describeOne(content)).rejects.toThrow(/^heart: /);
  });
});

describe('description', () => {
  it('contains columns, levels and classes, and no value of a row', async () => {
    const description = await describeOne({});
    expect(description).toMatchObject({
      datatype: 'tabular',
      samples: 3,
      columns: [
        { name: 'age', type: 'numeric' },
        { name: 'sex', type: 'category', levels: ['f', 'm'] },
        { name: 'smokes', type: 'numeric' },
      ],
      classes: ['ill', 'well'],
    });
    expect(JSON.stringify(description.columns)).not.toMatch(/20|40|60/);
  });

  it('contains ranges only with federated scaling', async () => {
    const metadata = '{"datatype": "tabular", "operations": {"scaling": "federated"}}';
    expect((await describeOne({ metadata })).columns[0]).toEqual({
      name: 'age',
      type: 'numeric',
      range: [20, 60],
    });
    expect((await describeOne({})).columns[0]).not.toHaveProperty('range');
  });

  it('merges spellings of a number to one level, and lists no classes for a regression', async () => {
    const schema = '{"ward": "category", "target": "float64"}';
    const description = await describeOne(
      { schema, csv: 'ward,target\n1,0.5\n1.0,1.5\n 01 ,2\n2,3\n' },
      'regress',
    );
    expect(description.columns).toEqual([{ name: 'ward', type: 'category', levels: ['1', '2'] }]);
    expect(description.classes).toEqual([]);
  });

  it('changes its version with the data, but not with the time of a file', async () => {
    await using directory = await dataDirectory();
    const datasets = new Datasets({ dataDirectory: directory.path });
    const { version } = await datasets.describe(HEART, 'classify');
    const csv = join(directory.path, 'heart', 'data.csv');
    await utimes(csv, 1, 1);
    expect((await datasets.describe(HEART, 'classify')).version).toBe(version);
    await appendFile(csv, '80,m,yes,ill\n');
    expect((await datasets.describe(HEART, 'classify')).version).not.toBe(version);
  });
});

describe('samples', () => {
  it('maps rows to the common space: one-hot levels, zero spacers, own range, classes by index', async () => {
    expect(await samplesOf({})).toEqual({
      rows: [
        [1, 1, 0, 0, 1],
        [0.5, 0, 1, 0, 0],
        [0, 1, 0, 0, 0],
      ],
      targets: [0, 1, 1],
    });
  });

  it("scales by the range of all participants, or not at all, as the folder's settings say", async () => {
    const scaled = (scaling: string) =>
      samplesOf(
        { metadata: JSON.stringify({ datatype: 'tabular', operations: { scaling } }) },
        {
          ...SPACE,
          columns: SPACE.columns.map((column) =>
            column.name === 'age' ? { ...column, range: [0, 80] } : column,
          ),
        },
      );
    expect((await scaled('federated')).rows.map(([age]) => age)).toEqual([0.75, 0.5, 0.25]);
    expect((await scaled('none')).rows.map(([age]) => age)).toEqual([60, 40, 20]);
  });

  it('imputes empty and misfitting cells, zeroes a constant column, leaves out rows without target', async () => {
    const csv = 'age,sex,smokes,target\n10,f,1,ill\n,m,1,well\nold,,1,well\n30,f,1,ill\n50,f,1,\n';
    expect(await samplesOf({ metadata: LENIENT, csv })).toEqual({
      rows: [
        [0, 1, 0, 0, 0],
        [0.5, 0, 1, 0, 0],
        [0.5, 1, 0, 0, 0],
        [1, 1, 0, 0, 0],
      ],
      targets: [0, 1, 1, 0],
    });
  });

  it('logs oddities of the files on this machine only', async () => {
    const csv = 'age,sex,smokes,target,ward\nold,,1,ill,7\n3.5,m,maybe,well,7\n1,m,1,,7\n';
    const { warnings, notes } = await logOf({ metadata: LENIENT, csv });
    expect(warnings).toMatchObject([
      { missing: { sex: 1 }, misfits: { age: 2, smokes: 1 }, withoutTarget: 1 },
    ]);
    expect(notes).toMatchObject([{ unknownColumns: ['ward'] }]);
  });

  it('logs no warning for a column that schema.json does not name', async () => {
    const csv = 'age,sex,smokes,target,ward\n60,f,true,ill,7\n40,m,no,well,8\n';
    expect(await logOf({ csv })).toMatchObject({ warnings: [], notes: [{ unknownColumns: ['ward'] }] });
  });

  it('warns of columns whose levels differ only in case', async () => {
    const csv = 'age,sex,smokes,target\n60,f,true,ill\n40,F,no,Ill\n';
    expect((await logOf({ csv })).warnings).toMatchObject([{ columns: ['target', 'sex'] }]);
  });

  it('reads several tags as one table, with columns that only some have', async () => {
    await using directory = await dataDirectory({
      heart: {},
      lung: { schema: '{"sex": "category", "target": "category"}', csv: 'sex,target\nx,ill\n' },
    });
    const datasets = new Datasets({ dataDirectory: directory.path });
    const { features, count } = await datasets.samples([['heart'], ['lung']], {
      space: SPACE,
      action: 'classify',
    });
    expect(count).toBe(4);
    // Its age is imputed by the median.
    expect([...features.slice(15)]).toEqual([0.5, 0, 0, 1, 0]);
  });

  it('refuses a class that is not in the space, and a target of a regression that is no number', async () => {
    await expect(samplesOf({}, { ...SPACE, classes: ['ill'] })).rejects.toMatchObject({
      code: 'unknown_class',
    });
    await expect(samplesOf({}, SPACE, 'regress')).rejects.toThrow(/^the target of row 1 is not a number/);
    const schema = '{"age": "int32", "target": "float64"}';
    const { targets } = await samplesOf({ schema, csv: 'age,target\n1,2.5\n2,-1\n' }, SPACE, 'regress');
    expect(targets).toEqual([2.5, -1]);
  });

  it('reads a file again after it changed', async () => {
    await using directory = await dataDirectory();
    const datasets = new Datasets({ dataDirectory: directory.path });
    const first = await datasets.samples(HEART, CLASSIFY);
    expect(await datasets.samples(HEART, CLASSIFY)).toBe(first);
    await appendFile(join(directory.path, 'heart', 'data.csv'), '80,m,yes,ill\n');
    expect((await datasets.samples(HEART, CLASSIFY)).count).toBe(4);
  });

  it('has no level for an empty category, and distinguishes long numbers', async () => {
    const space = { ...SPACE, features: ['age', 'sex_null', 'smokes'] };
    const csv = 'age,sex,smokes,target\n1,,1,ill\n2,,0,well\n';
    expect((await samplesOf({ csv }, space)).rows.map(([, sex]) => sex)).toEqual([0, 0]);
    const schema = '{"patient": "category", "target": "category"}';
    const ids = 'patient,target\n9007199254740993,ill\n9007199254740992,well\n';
    expect((await describeOne({ schema, csv: ids })).columns[0]?.levels).toHaveLength(2);
  });

  it('reports no value of a row whose class is unknown', async () => {
    await expect(samplesOf({}, { ...SPACE, classes: ['well'] })).rejects.toThrow(
      /^the target of row 1 is not among the aligned classes, 'well'; .*\(1 of 3 rows\)$/,
    );
  });

  it('prepares data with values fitted on the training data', async () => {
    const schema = '{"age": "int32", "sex": "category", "target": "category"}';
    await using directory = await dataDirectory({
      train: { schema, csv: 'age,sex,target\n0,f,ill\n20,f,ill\n40,m,well\n' },
      test: { schema, csv: 'age,sex,target\n10,,ill\n,m,well\n80,m,ill\n' },
    });
    const datasets = new Datasets({ dataDirectory: directory.path });
    const ages = async (fitTags: string[][]) => {
      const { features } = await datasets.samples([['test']], { ...CLASSIFY, fitTags });
      return [0, 5, 10].map((at) => [...features.slice(at, at + 3)]);
    };
    expect(await ages([['train']])).toEqual([
      [0.25, 1, 0],
      [0.5, 0, 1],
      [2, 0, 1],
    ]);
    expect(await ages([])).toEqual([
      [0, 0, 1],
      [0.5, 0, 1],
      [1, 0, 1],
    ]);
  });

  it('includes every row if labels are optional, with NaN for unknown targets', async () => {
    const rows = 'age,sex,smokes,target\n1,f,0,ill\n2,m,1,\n3,m,1,unheard of\n';
    await using directory = await dataDirectory({
      heart: { csv: rows },
      unlabelled: { schema: '{"age": "int32"}', csv: 'age\n4\n' },
    });
    const datasets = new Datasets({ dataDirectory: directory.path });
    const tags = [['heart'], ['unlabelled']];
    const { targets, sources } = await datasets.samples(tags, { ...CLASSIFY, labels: 'optional' });
    expect([...targets]).toEqual([0, NaN, NaN, NaN]);
    expect(sources).toEqual([
      { name: 'heart/data.csv', rows: 3 },
      { name: 'unlabelled/data.csv', rows: 1 },
    ]);
    await expect(datasets.samples(tags, CLASSIFY)).rejects.toThrow(
      "unlabelled: schema.json names no column 'target'",
    );
  });

  it.each(['median', 'mean', 'zero'])('fills empty numbers with the %s', async (numeric) => {
    const metadata = JSON.stringify({
      datatype: 'tabular',
      operations: { scaling: 'none', imputation: { numeric } },
    });
    const csv = 'age,sex,smokes,target\n1,f,0,ill\n2,f,0,well\n9,f,0,well\n,f,0,well\n';
    const { rows } = await samplesOf({ metadata, csv });
    expect(rows[3]?.[0]).toBe({ median: 2, mean: 4, zero: 0 }[numeric]);
  });
});

describe('labels', () => {
  it('reads all spellings of a bool label as one class', async () => {
    const schema = '{"age": "int32", "target": "bool"}';
    const csv = 'age,target\n1,true\n2,YES\n3,1\n4,False\n5,no\n6,perhaps\n';
    expect(await describeOne({ metadata: LENIENT, schema, csv })).toMatchObject({
      classes: ['0', '1'],
      samples: 5,
    });
  });
});

describe('data folder', () => {
  it('refuses a metadata.json that is a symbolic link', async () => {
    await using outside = await dataDirectory();
    await using directory = await dataDirectory({ heart: { metadata: '' } });
    await symlink(
      join(outside.path, 'heart', 'metadata.json'),
      join(directory.path, 'heart', 'metadata.json'),
    );
    const describing = new Datasets({ dataDirectory: directory.path }).describe(HEART, 'classify');
    await expect(describing).rejects.toThrow('heart: metadata.json is not a plain file');
  });
});
