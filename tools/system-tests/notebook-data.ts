import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '@synergos/fed-algorithms';
import { writeShells } from '@synergos/example-shells/shells';

type Row = Readonly<Record<string, number | string>>;
type Uniform = (low: number, high: number) => number;

interface Table {
  readonly columns: Readonly<Record<string, 'category' | 'float64' | 'int32'>>;
  readonly classes: readonly (number | string)[];
  readonly row: (uniform: Uniform, label: number) => Row;
}

const FOLDERS = { train: 120, evaluate: 40, predict: 20 } as const;
const TEXTURES = Array.from({ length: 64 }, (_, index) => `texture_${index + 1}`);
const RISKS = [
  'industrial_risk',
  'management_risk',
  'financial_flexibility',
  'credibility',
  'competitiveness',
  'operating_risk',
];
const pick = <Value>(uniform: Uniform, values: readonly Value[]): Value =>
  values[Math.min(values.length - 1, Math.floor(uniform(0, values.length)))] as Value;
const category = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, 'category' as const]));

/**
 * Data in the form of the original's example notebooks, generated from a seed: the columns are those of UCI's "Heart
 * Disease" (Cleveland), "One-hundred plant species leaves" (texture margin, four species) and "Qualitative Bankruptcy";
 * the values are synthetic, with a signal that a linear model finds.
 */
const tables: Readonly<Record<string, Table>> = {
  heart_disease: {
    columns: {
      ...{ age: 'int32', sex: 'category', cp: 'category', trestbps: 'int32', chol: 'int32' },
      ...{ fbs: 'category', restecg: 'category', thalach: 'int32', exang: 'category', oldpeak: 'float64' },
      ...{ slope: 'category', ca: 'int32', thal: 'category' },
    },
    classes: [0, 1],
    row: (uniform, sick) => ({
      age: Math.round(uniform(40, 60) + 10 * sick),
      sex: pick(uniform, [0, 1]),
      cp: sick === 1 ? pick(uniform, [3, 4]) : pick(uniform, [1, 2, 3]),
      trestbps: Math.round(uniform(110, 150) + 10 * sick),
      chol: Math.round(uniform(180, 280) + 20 * sick),
      fbs: pick(uniform, [0, 1]),
      restecg: pick(uniform, [0, 1, 2]),
      thalach: Math.round(uniform(140, 180) - 30 * sick),
      exang: sick === 1 ? pick(uniform, [0, 1, 1]) : pick(uniform, [0, 0, 1]),
      oldpeak: Number((uniform(0, 1) + 1.5 * sick).toFixed(1)),
      slope: pick(uniform, [1, 2, 3]),
      ca: sick === 1 ? pick(uniform, [0, 1, 2, 3]) : 0,
      thal: sick === 1 ? pick(uniform, [6, 7, 7]) : pick(uniform, [3, 3, 6]),
    }),
  },
  leaf_textures: {
    columns: Object.fromEntries(TEXTURES.map((name) => [name, 'float64' as const])),
    classes: ['acer_campestre', 'alnus_rubra', 'betula_pendula', 'quercus_robur'],
    row: (uniform, species) =>
      Object.fromEntries(
        TEXTURES.map((name, index) => [
          name,
          (uniform(0, 0.05) + (index % 4 === species ? 0.05 : 0)).toFixed(5),
        ]),
      ),
  },
  qualitative_bankruptcy: {
    columns: category(RISKS) as Table['columns'],
    classes: ['B', 'NB'],
    row: (uniform, solvent) =>
      Object.fromEntries(
        RISKS.map((name) => [name, pick(uniform, solvent === 1 ? ['P', 'P', 'A'] : ['N', 'N', 'A'])]),
      ),
  },
};

/** Writes the data sets of participant `index` to `<directory>/<data set>/data<index + 1>/{train,evaluate,predict}`. */
export function writeNotebookData(directory: string, index: number): void {
  writeShells(join(directory, 'abalone', `data${index + 1}`), index);
  for (const [name, table] of Object.entries(tables)) {
    const { uniform } = createRandom(2000 + index);
    for (const [folder, rows] of Object.entries(FOLDERS))
      writeFolder(join(directory, name, `data${index + 1}`, folder), table, uniform, rows);
  }
}

function writeFolder(path: string, { columns, classes, row }: Table, uniform: Uniform, rows: number): void {
  mkdirSync(path, { recursive: true });
  const names = Object.keys(columns);
  const lines = Array.from({ length: rows }, (_, at) => {
    const label = at % classes.length;
    const values = row(uniform, label);
    return [...names.map((name) => values[name]), classes[label]].join(',');
  });
  writeFileSync(join(path, 'data.csv'), `${[[...names, 'target'].join(','), ...lines].join('\n')}\n`);
  writeFileSync(join(path, 'schema.json'), JSON.stringify({ ...columns, target: 'category' }));
  writeFileSync(join(path, 'metadata.json'), JSON.stringify({ datatype: 'tabular', operations: {} }));
}
