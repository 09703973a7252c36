import { createRequire } from 'node:module';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'csv-stringify/sync';

/** Palmer penguins (Horst, Hill & Gorman 2020, CC0), from the package vega-datasets. */
interface Penguin {
  readonly Species: string;
  readonly Island: string;
  readonly 'Beak Length (mm)': number | null;
  readonly 'Beak Depth (mm)': number | null;
  readonly 'Flipper Length (mm)': number | null;
  readonly 'Body Mass (g)': number | null;
  readonly Sex: string | null;
}

export const islands = ['biscoe', 'dream', 'torgersen'] as const;
export type Island = (typeof islands)[number];

const SCHEMA = {
  bill_length_mm: 'float64',
  bill_depth_mm: 'float64',
  flipper_length_mm: 'float64',
  body_mass_g: 'float64',
  sex: 'category',
  target: 'category',
};
const TEST_SHARE = 5;

/** Writes each island's penguins below `<directory>/<island>/penguins/{train,evaluate}`, every fifth one for evaluation. */
export function writeShards(directory: string): Record<Island, { train: number; evaluate: number }> {
  // The package exports only its code; the data is in the same package.
  const file = join(
    dirname(createRequire(import.meta.url).resolve('vega-datasets')),
    '..',
    'data',
    'penguins.json',
  );
  const penguins = JSON.parse(readFileSync(file, 'utf8')) as Penguin[];
  const entries = islands.map((island) => {
    const own = penguins.filter(({ Island }) => Island.toLowerCase() === island);
    const evaluate = own.filter((_, index) => index % TEST_SHARE === TEST_SHARE - 1);
    const train = own.filter((_, index) => index % TEST_SHARE !== TEST_SHARE - 1);
    const folder = join(directory, island, 'penguins');
    writeFolder(join(folder, 'train'), train);
    writeFolder(join(folder, 'evaluate'), evaluate);
    return [island, { train: train.length, evaluate: evaluate.length }] as const;
  });
  return Object.fromEntries(entries) as Record<Island, { train: number; evaluate: number }>;
}

function writeFolder(folder: string, penguins: readonly Penguin[]): void {
  mkdirSync(folder, { recursive: true });
  const rows = penguins.map((penguin) => ({
    bill_length_mm: penguin['Beak Length (mm)'],
    bill_depth_mm: penguin['Beak Depth (mm)'],
    flipper_length_mm: penguin['Flipper Length (mm)'],
    body_mass_g: penguin['Body Mass (g)'],
    // The sex of one bird is '.', which means unknown.
    sex: penguin.Sex === '.' ? null : penguin.Sex,
    target: penguin.Species,
  }));
  writeFileSync(join(folder, 'data.csv'), stringify(rows, { header: true }));
  writeFileSync(join(folder, 'schema.json'), JSON.stringify(SCHEMA, null, 2));
  const metadata = { datatype: 'tabular', operations: { scaling: 'federated' } };
  writeFileSync(join(folder, 'metadata.json'), JSON.stringify(metadata, null, 2));
}
