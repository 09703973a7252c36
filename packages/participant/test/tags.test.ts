import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Datasets } from '../src/index.js';
import { dataDirectory, SPACE, type Content } from './folders.js';

const CSV = 'age,sex,smokes,target\n';
/** A folder with this number of rows. */
const rows = (count: number): Content => ({ csv: CSV + '60,f,true,ill\n40,m,no,well\n'.repeat(count / 2) });

/** How many rows the tag finds. */
async function rowsOf(path: string, tag: readonly string[]) {
  return (await new Datasets({ dataDirectory: path }).describe([tag], 'classify')).samples;
}

describe('a tag without an exact path', () => {
  it.each<[string[], number]>([
    [['train'], 2],
    [['data2', 'abalone'], 8],
    [['train', 'data2'], 8],
    [['evaluate'], 4],
    [['abalone', 'data1', 'train'], 2],
  ])(
    '%j resolves to the first folder in sorted order with metadata.json and all tokens',
    async (tag, count) => {
      await using directory = await dataDirectory({
        'abalone/data2/train': rows(8),
        'abalone/data1/train': rows(2),
        'abalone/data1/evaluate': rows(4),
        'abalone/data0/train': { ...rows(6), metadata: '' },
      });
      expect(await rowsOf(directory.path, tag)).toBe(count);
    },
  );

  it('resolves to a folder with metadata.json below an exact path without one', async () => {
    await using directory = await dataDirectory({ 'abalone/data1/train': rows(2) });
    expect(await rowsOf(directory.path, ['abalone'])).toBe(2);
  });

  it('does not resolve to a hidden folder, a part of a name or a symbolic link', async () => {
    await using outside = await dataDirectory({ 'out/train': {} });
    await using directory = await dataDirectory({ '.trash/train': {}, 'retrain/x': {} });
    await symlink(join(outside.path, 'out'), join(directory.path, 'link'));
    await expect(rowsOf(directory.path, ['train'])).rejects.toMatchObject({ code: 'tag_missing' });
  });

  it('searches a bounded number of folders', async () => {
    await using directory = await dataDirectory({ 'z/train': {} });
    const many = Array.from({ length: 100 }, (_, at) => join(directory.path, 'a', `${at}`));
    for (const folder of many) await mkdir(folder, { recursive: true });
    expect(await rowsOf(directory.path, ['train'])).toBe(3);
    const deep = join(directory.path, 'deep', ...Array.from({ length: 16 }, () => 'd'), 'far');
    await mkdir(deep, { recursive: true });
    await writeFile(join(deep, 'metadata.json'), '{"datatype": "tabular"}');
    await expect(rowsOf(directory.path, ['far'])).rejects.toMatchObject({ code: 'tag_missing' });
  });
});

describe('files of a tag', () => {
  it('include those of sub-folders, each with its own schema.json or the one above', async () => {
    await using directory = await dataDirectory({
      heart: {
        ...rows(2),
        more: {
          '2023/a.csv': 'sex,age,smokes,target\nx,20,no,ill\n',
          '2024/ward/schema.json': '{"age": "int32", "target": "category"}',
          '2024/ward/b.csv': 'age,target\n80,well\n',
        },
      },
    });
    const datasets = new Datasets({ dataDirectory: directory.path });
    const { features, sources } = await datasets.samples([['heart']], { space: SPACE, action: 'classify' });
    expect(sources).toEqual([
      { name: 'heart/data.csv', rows: 2 },
      { name: 'heart/2023/a.csv', rows: 1 },
      { name: 'heart/2024/ward/b.csv', rows: 1 },
    ]);
    // Ages 60, 40, 20, 80, scaled by their own range.
    expect([0, 5, 10, 15].map((at) => features[at])).toEqual([2 / 3, 1 / 3, 0, 1].map(Math.fround));
  });

  it('exclude sub-folders with their own metadata.json and hidden files', async () => {
    await using directory = await dataDirectory({
      heart: { ...rows(2), more: { '._data.csv': 'x', '.old/data.csv': 'x', '2023/._a.csv': 'x' } },
      'heart/evaluate': rows(4),
    });
    expect(await rowsOf(directory.path, ['heart'])).toBe(2);
    expect(await rowsOf(directory.path, ['heart', 'evaluate'])).toBe(4);
  });

  it('are refused if they disagree on which column is a category', async () => {
    await using directory = await dataDirectory({
      heart: {
        more: {
          'b/schema.json': '{"age": "category", "target": "category"}',
          'b/b.csv': 'age,target\nold,ill\n',
        },
      },
    });
    await expect(rowsOf(directory.path, ['heart'])).rejects.toThrow(
      /^heart: b\/b\.csv: column 'age' is a category/,
    );
  });

  it('change the version of the data', async () => {
    await using directory = await dataDirectory({ heart: { more: { 'b/b.csv': `${CSV}1,f,0,ill\n` } } });
    const datasets = new Datasets({ dataDirectory: directory.path });
    const { version } = await datasets.describe([['heart']], 'classify');
    await writeFile(join(directory.path, 'heart', 'b', 'b.csv'), `${CSV}2,f,0,ill\n`);
    expect((await datasets.describe([['heart']], 'classify')).version).not.toBe(version);
  });
});
