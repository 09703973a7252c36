import { readFileSync } from 'node:fs';
import type { Samples } from '../src/index.js';

interface Case {
  readonly id: string;
  readonly split: string;
  readonly fraction: number;
  readonly lr: number;
  readonly batch: number;
  readonly test_accuracy: Record<string, { min: number; max: number }>;
}

const fixture = JSON.parse(readFileSync(new URL('./fixtures/digits.json', import.meta.url), 'utf8')) as {
  data: { digits: { features: number; train_rows: number; x_b64: string; y: number[] } };
  cases: Case[];
};
const { features, train_rows, x_b64, y } = fixture.data.digits;
const bytes = Buffer.from(x_b64, 'base64');
const x = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));

/** Bands of a reference over five seeds, on UCI digits. */
export const digitsCases: readonly Case[] = fixture.cases;
export const digitsFeatures = features;

/** Rows of UCI digits, by number; those for training come first. */
export const digitsRows = (which: readonly number[]): Samples => ({
  features: Float32Array.from(which.flatMap((row) => [...x.subarray(row * features, (row + 1) * features)])),
  shape: [features],
  targets: Float32Array.from(which, (row) => y[row]!),
  count: which.length,
});

export const trainRows: readonly number[] = Array.from({ length: train_rows }, (_, row) => row);
export const testRows: readonly number[] = Array.from(
  { length: y.length - train_rows },
  (_, row) => train_rows + row,
);

/** Row numbers of ten clients. */
export const digitsSplits: Readonly<Record<string, readonly (readonly number[])[]>> = {
  'iid-10': Array.from({ length: 10 }, (_, client) => trainRows.filter((row) => row % 10 === client)),
  'pathological-2-shards-10': pathological(),
};

/** Rows sorted by label, in 20 shards, two a client. */
function pathological(): number[][] {
  const sorted = [...trainRows].sort((a, b) => y[a]! - y[b]! || a - b);
  const shard = (index: number) =>
    sorted.slice(Math.floor((index * sorted.length) / 20), Math.floor(((index + 1) * sorted.length) / 20));
  return Array.from({ length: 10 }, (_, client) => [...shard(client), ...shard(((client + 7) % 10) + 10)]);
}
