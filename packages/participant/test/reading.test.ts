import { describe, expect, it } from 'vitest';
import { Datasets } from '../src/index.js';
import { dataDirectory, type Content } from './folders.js';

const SCHEMA = '{"age": "float32", "sex": "category", "target": "category"}';
const metadata = (settings: object) =>
  JSON.stringify({ datatype: 'tabular', operations: { scaling: 'none' }, ...settings });
/** 40 good rows; the cells of row `index` in an array. */
const cells = (index: number) => [`${20 + index}`, index % 2 ? 'f' : 'm', index % 3 ? 'ill' : 'well'];
const csv = (change: (cells: string[]) => string[] = (row) => row, delimiter = ',', eol = '\n') =>
  [['age', 'sex', 'target'], ...Array.from({ length: 40 }, (_, index) => change(cells(index)))]
    .map((row) => row.join(delimiter) + eol)
    .join('');
const good = csv();

async function read(content: Content, action: 'classify' | 'regress' = 'classify') {
  await using directory = await dataDirectory({
    heart: { metadata: metadata({}), schema: SCHEMA, ...content },
  });
  const datasets = new Datasets({ dataDirectory: directory.path });
  const { columns, classes, samples } = await datasets.describe([['heart']], action);
  const numeric = columns.filter(({ type }) => type === 'numeric');
  const features = numeric.map(({ name }) => name);
  const space = { datatype: 'tabular', columns, features, classes } as const;
  const prepared = await datasets.samples([['heart']], { space, action });
  return {
    samples,
    classes,
    levels: columns.find(({ name }) => name === 'sex')?.levels,
    values: [...prepared.features],
    targets: [...prepared.targets],
  };
}

const expected = await read({ csv: good });

describe('missing values', () => {
  it.each(['', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', 'None', '\\N', '?', '<NA>', '#N/A'])(
    'recognises %j in numbers, categories and the target',
    async (mark) => {
      const { samples, classes, levels, values } = await read({
        csv: `${good}33,${mark},ill\n34,f,${mark}\n${mark},m,well\n`,
      });
      expect({ samples, classes, levels }).toEqual({
        samples: 42,
        classes: ['ill', 'well'],
        levels: ['f', 'm'],
      });
      // The median of 20 … 59 and 33.
      expect(values.at(-1)).toBe(39);
    },
  );

  it('includes na_values, in all columns or by column, numbers by their value', async () => {
    const text = `${good}-999,unknown,ill\n-999.0,f,unknown\n`;
    const everywhere = await read({ metadata: metadata({ na_values: [-999, 'unknown'] }), csv: text });
    expect(everywhere).toMatchObject({ samples: 41, classes: ['ill', 'well'], levels: ['f', 'm'] });
    expect(everywhere.values.at(-1)).toBe(39.5);
    const byColumn = await read({ metadata: metadata({ na_values: { age: ['-999'] } }), csv: text });
    expect(byColumn).toMatchObject({ samples: 42, classes: ['ill', 'unknown', 'well'] });
    expect(byColumn.values.at(-1)).toBe(39.5);
  });

  it('includes only empty cells and na_values without keep_default_na', async () => {
    const { levels } = await read({
      metadata: metadata({ keep_default_na: false }),
      csv: `${good}33,NA,ill\n`,
    });
    expect(levels).toEqual(['NA', 'f', 'm']);
  });
});

describe('dialects', () => {
  it.each<[string, object, string | Uint8Array]>([
    ['semicolons', { delimiter: ';' }, csv((row) => row, ';')],
    ['tabs', { delimiter: '\t' }, csv((row) => row, '\t')],
    ['decimal commas in quotes', { decimal: ',' }, csv(([age, ...row]) => [`"${age},0"`, ...row])],
    [
      'semicolons, decimal commas and points between thousands',
      { delimiter: ';', decimal: ',', thousands: '.' },
      csv(([age, ...row]) => [`${age},00`, ...row], ';'),
    ],
    ['a byte order mark and CRLF', {}, '\ufeff' + csv((row) => row, ',', '\r\n')],
    ['UTF-16 with its mark', {}, Buffer.from('\ufeff' + good, 'utf16le')],
    ['UTF-16 without a mark', { encoding: 'utf-16le' }, Buffer.from(good, 'utf16le')],
    ['blanks around the cells', {}, csv((row) => row.map((cell) => ` ${cell} `)).replace('age,', ' age , ')],
  ])('reads a file with %s by its settings', async (_what, settings, text) => {
    expect(await read({ metadata: metadata(settings), csv: text })).toEqual(expected);
  });

  it('accepts groups of thousands only in valid places', async () => {
    const schema = '{"age": "float64", "target": "float64"}';
    const settings = { delimiter: ';', decimal: ',', thousands: '.', max_misfits: 1 };
    const text = 'age;target\n1.234,5;-1.000\n12.34;2\n,5;1.234.567,25\n1,5;1e3\n';
    const { values, targets } = await read({ metadata: metadata(settings), schema, csv: text }, 'regress');
    // The misfit 12.34 is imputed by the median.
    expect(values).toEqual([1234.5, 1.5, 0.5, 1.5]);
    expect(targets).toEqual([-1000, 2, 1234567.25, 1000]);
  });

  it('decodes Windows-1252', async () => {
    const text = csv(([age, sex, target]) => [age!, sex === 'm' ? 'männlich' : 'weiblich', target!]);
    const { levels } = await read({
      metadata: metadata({ encoding: 'windows-1252' }),
      csv: Buffer.from(text, 'latin1'),
    });
    expect(levels).toEqual(['männlich', 'weiblich']);
  });

  it('reads booleans in the spellings of the settings', async () => {
    const schema = '{"age": "float32", "sex": "bool", "target": "category"}';
    const settings = { true_values: ['ja'], false_values: ['nein'] };
    const text = csv(([age, sex, target]) => [age!, sex === 'm' ? 'Ja' : 'NEIN', target!]);
    const { values } = await read({ metadata: metadata(settings), schema, csv: text });
    expect(values.slice(0, 4)).toEqual([20, 1, 21, 0]);
  });

  it('reads composed and decomposed Unicode as one level', async () => {
    const text = csv(([age, sex, target]) => [age!, sex === 'm' ? 'caf\u00e9' : 'cafe\u0301', target!]);
    expect((await read({ csv: text })).levels).toEqual(['caf\u00e9']);
  });
});

describe('files that would be misread', () => {
  it.each<[string, Content, RegExp]>([
    [
      'semicolons',
      { csv: csv((row) => row, ';') },
      /data\.csv lacks column 'age', 'sex', 'target' .*; set "delimiter": ";" in/,
    ],
    ['tabs', { csv: csv((row) => row, '\t') }, /set "delimiter": "\\t" in metadata\.json/],
    [
      'other case',
      { csv: good.replace('age,sex', 'Age,Sex') },
      /lacks column 'age', 'sex' .*upper and lower case/,
    ],
    [
      'no header',
      { csv: good.slice(good.indexOf('\n') + 1) },
      /lacks column .*; the first line of the file must name/,
    ],
    [
      'decimal commas',
      { csv: csv(([age, ...row]) => [`"${age},5"`, ...row]) },
      /data\.csv: line 2: column 'age': 40 of 40 cells do not fit its type float32, .* set "decimal": "," in metadata/,
    ],
    [
      'decimal commas and points between thousands',
      { csv: csv(([age, ...row]) => [`"1.0${age},5"`, ...row]) },
      /set "decimal": "," and "thousands": "\." in/,
    ],
    [
      'commas between thousands',
      { csv: csv(([age, ...row]) => [`"1,0${age}.5"`, ...row]) },
      /set "thousands": "," in/,
    ],
    [
      'fractions in an int column',
      { schema: SCHEMA.replace('float32', 'int32'), csv: csv(([age, ...row]) => [`${age}.5`, ...row]) },
      /float64 in schema/,
    ],
    [
      'numbers beyond the type',
      { schema: SCHEMA.replace('float32', 'int8'), csv: csv(([age, ...row]) => [`9${age}`, ...row]) },
      /40 of 40 cells do not fit its type int8, .*float64 in schema/,
    ],
    [
      'another mark of missing values',
      { csv: good + '.,m,ill\n'.repeat(3) },
      /line 42: column 'age': 3 of 43 .*"na_values" in/,
    ],
    [
      'text in a number column',
      { csv: csv(([, ...row]) => ['about', ...row]).replace('about', 'ca') },
      /category in schema\.json/,
    ],
    [
      'other booleans',
      { schema: SCHEMA.replace('float32', 'bool') },
      /column 'age': .* "true_values" and "false_values"/,
    ],
    [
      'Windows-1252',
      { csv: Buffer.from(good + '1,männlich,ill\n', 'latin1') },
      /data\.csv: line 42 holds bytes that are not utf-8, .*set "encoding"/,
    ],
    [
      'U+FFFD',
      { csv: good + '1,m\ufffdnnlich,ill\n' },
      /data\.csv: line 42 holds bytes that are not utf-8, or U\+FFFD/,
    ],
    [
      'UTF-16 without a mark',
      { csv: Buffer.from(good, 'utf16le') },
      /line 1 holds NUL: .*"encoding": "utf-16le"/,
    ],
    ['a column twice', { csv: good.replace('age,sex', 'age,age') }, /line 1 has column 'age' twice/],
    ['the header twice', { csv: good + good }, /data\.csv: line 42 repeats the header/],
    ['a ragged row', { csv: good + '1,f\n' }, /data\.csv: line 42 has 2 cells, the header 3;/],
    [
      'a quote within a cell',
      { csv: good + '1,5" f,ill\n' },
      /data\.csv: line 42, cell 2 has a quote within/,
    ],
    [
      'text after a quote',
      { csv: good + '1,"f"x,ill\n' },
      /data\.csv: line 42, cell 2 has text after a closing quote/,
    ],
    ['an open quote', { csv: good + '1,"f,ill\n' }, /data\.csv: a quote is not closed/],
    ['no header at all', { csv: '\n' }, /data\.csv is empty; expected a header/],
  ])('refuses %s with file, line and setting', async (_what, content, message) => {
    const reading = read(content);
    await expect(reading).rejects.toMatchObject({
      code: 'invalid_dataset',
      message: expect.stringMatching(message),
    });
    await expect(reading).rejects.toThrow(/^heart: data\.csv/);
  });

  it('names the line of a fault beyond the first chunk', async () => {
    const many = 'age,sex,target\n' + '20,f,ill\n'.repeat(10_000);
    await expect(read({ csv: Buffer.from(`${many}20,\xe4,ill\n`, 'latin1') })).rejects.toThrow(
      /line 10002 holds bytes/,
    );
    await expect(read({ csv: `${many}20,ill\n` })).rejects.toThrow(/line 10002 has 2 cells/);
    // Characters of two bytes, at all offsets of the chunks that a file is read in.
    const wide = 'age,sex,target\n' + `20,${'ä'.repeat(100)},ill\n`.repeat(1000);
    expect((await read({ csv: wide })).samples).toBe(1000);
  });
});

describe('misfitting cells', () => {
  it('count as missing up to max_misfits of a column; 1e39 is one in a float32 column', async () => {
    const text = `${good}1e39,f,ill\nabout,m,well\n`;
    const { values, samples } = await read({ csv: text });
    expect(samples).toBe(42);
    expect(values.slice(-2)).toEqual([39.5, 39.5]);
    await expect(read({ metadata: metadata({ max_misfits: 0.04 }), csv: text })).rejects.toThrow(
      /line 42: column 'age': 2 of 42 cells do not fit its type float32, more than max_misfits 0\.04/,
    );
  });

  it.each(['0x1F', 'Infinity', '-inf', '1e400', '1_000', '٣'])(
    'include %s in a number column',
    async (text) => {
      expect((await read({ csv: `${good}${text},f,ill\n` })).values.at(-1)).toBe(39.5);
    },
  );

  it('exclude large float64 numbers, which never reach the model as infinity', async () => {
    const schema = SCHEMA.replace('float32', 'float64');
    await expect(read({ schema, csv: `${good}1e39,f,ill\n` })).rejects.toThrow(
      /^column 'age': row 41 exceeds what float32 holds/,
    );
    const scaled = metadata({ operations: { scaling: 'local' } });
    const { values } = await read({ metadata: scaled, schema, csv: `${good}1e308,f,ill\n-1e308,f,ill\n` });
    expect(values.slice(-2)).toEqual([1, 0]);
    const target = '{"age": "float64", "target": "float64"}';
    await expect(read({ schema: target, csv: 'age,target\n1,1e39\n' }, 'regress')).rejects.toThrow(
      /^the target of row 1 is not a number that float32 holds/,
    );
  });
});

describe('metadata.json', () => {
  it.each<[object, RegExp]>([
    [{ delimeter: ';' }, /^heart: metadata\.json: unknown key 'delimeter'; did you mean 'delimiter'\?$/],
    [{ naValues: [] }, /unknown key 'naValues'; did you mean 'na_values'\?/],
    [{ colour: 1 }, /unknown key 'colour'; known keys are datatype, operations, delimiter/],
    [{ operations: { scalling: 'none' } }, /operations: unknown key 'scalling'; did you mean 'scaling'\?/],
    [{ delimiter: ';;' }, /delimiter: expected one character/],
    [{ decimal: '.', thousands: '.' }, /thousands: expected another character/],
    [{ encoding: 'utf-9' }, /encoding: expected an encoding's name/],
    [{ max_misfits: 5 }, /max_misfits: /],
    [{ na_values: 'NA' }, /na_values: /],
  ])('refuses %j by name', async (settings, message) => {
    await expect(read({ metadata: metadata(settings), csv: good })).rejects.toThrow(message);
  });

  it('accepts operations of the original that have no effect here', async () => {
    const settings = { operations: { scaling: 'none', boost_iter: 100, thread_count: 4 } };
    expect(await read({ metadata: metadata(settings), csv: good })).toEqual(expected);
  });
});
