import { describe, expect, it } from 'vitest';
import { digitsFeatures, digitsRows, digitsSplits, trainRows } from '../../test/digits.js';
import { distance, loadCases } from '../../test/vectors.js';
import type { Samples } from '../training/samples.js';
import {
  assignClusters,
  federateKMeans,
  moveCentroids,
  sumClusters,
  type KMeansOptions,
  type KMeansRound,
} from './k-means.js';

interface Move {
  readonly current_centroids: readonly (readonly number[])[];
  readonly current_weights: readonly number[];
  readonly new_sums: readonly (readonly number[])[];
  readonly new_weights: readonly number[];
}
interface Moved {
  readonly centroids: readonly (readonly number[])[];
  readonly weights: readonly number[];
}
const flat = (rows: readonly (readonly number[])[]) => Float64Array.from(rows.flat());
const rowsOf = (...rows: readonly (readonly number[])[]): Samples => ({
  features: Float32Array.from(rows.flat()),
  shape: [rows[0]!.length],
  targets: new Float32Array(rows.length),
  count: rows.length,
});
const run = (options: KMeansOptions): KMeansRound => [...federateKMeans(options)].at(-1)!;

it.each(loadCases<Move, Moved>('tff-k-means'))('$algorithm: $id', ({ input, expected, tolerance_abs }) => {
  const moved = moveCentroids(
    { centroids: flat(input.current_centroids), weights: Float64Array.from(input.current_weights) },
    { sums: flat(input.new_sums), weights: Float64Array.from(input.new_weights) },
  );
  expect(distance(moved.centroids, flat(expected.centroids))).toBeLessThanOrEqual(tolerance_abs);
  expect(distance(moved.weights, expected.weights)).toBeLessThanOrEqual(tolerance_abs);
});

describe('on UCI digits, of which each participant has four kinds at most', () => {
  const all = digitsRows(trainRows);
  const shards = digitsSplits['pathological-2-shards-10']!.map(digitsRows);
  const devices = Object.fromEntries(shards.map((samples, index) => [`device-${index}`, samples]));
  /** The first row of each digit. */
  const initial = digitsRows(Array.from({ length: 10 }, (_, digit) => all.targets.indexOf(digit))).features;

  interface Expected {
    readonly inertia: number;
    readonly weights: readonly number[];
    readonly centroid_sums: readonly number[];
  }
  const [reference] = loadCases<object, Expected>('digits-k-means');
  const { expected, tolerance_abs } = reference!;

  it('finds the clusters that k-means over all rows finds', () => {
    const { centroids, weights, inertia } = run({ devices, initial, arguments: { rounds: 20, memory: 0 } });
    const sums = Array.from({ length: 10 }, (_, k) =>
      centroids.subarray(k * digitsFeatures, (k + 1) * digitsFeatures).reduce((sum, value) => sum + value, 0),
    );
    expect([...weights]).toEqual(expected.weights);
    expect(distance(sums, expected.centroid_sums)).toBeLessThanOrEqual(tolerance_abs);
    expect(Math.abs(inertia - expected.inertia)).toBeLessThanOrEqual(tolerance_abs);
  });

  it('approaches them with a few participants per round, which no single participant does', () => {
    const sampled = run({
      devices,
      initial,
      arguments: { rounds: 60, fraction_fit: 0.3, memory: 0.9, seed: 1 },
    });
    const alone = shards.map((samples) =>
      run({ devices: { samples }, initial, arguments: { rounds: 20, memory: 0 } }),
    );
    const inertia = ({ centroids }: KMeansRound) => sumClusters(all, centroids).inertia;
    expect(inertia(sampled)).toBeLessThan(1.02 * expected.inertia);
    expect(Math.min(...alone.map(inertia))).toBeGreaterThan(1.3 * expected.inertia);
  });
});

describe('federated k-means', () => {
  const devices = { a: rowsOf([0, 0], [0, 2]), b: rowsOf([9, 9]) };

  it('weights rows of earlier rounds by its memory', () => {
    const initial = Float32Array.of(0, 0);
    const weights = (memory: number) =>
      [...federateKMeans({ devices, initial, arguments: { rounds: 3, memory } })].map(
        (round) => round.weights[0],
      );
    expect(weights(0)).toEqual([3, 3, 3]);
    expect(weights(0.5)).toEqual([3, 4.5, 5.25]);
    expect(weights(1)).toEqual([3, 6, 9]);
  });

  it('leaves a center alone that has no rows, and one at the same distance', () => {
    const initial = Float32Array.of(0, 1, 0, 1, 5, 5, -50, -50);
    const { centroids, weights } = run({ devices, initial, arguments: { rounds: 1 } });
    expect([...centroids]).toEqual([0, 1, 0, 1, 9, 9, -50, -50]);
    expect([...weights]).toEqual([2, 0, 1, 0]);
    expect([...assignClusters(rowsOf([0, 0], [8, 8]), centroids)]).toEqual([0, 2]);
  });

  it('asks the same cohorts for the same seed', () => {
    const options = {
      devices,
      initial: Float32Array.of(0, 0, 9, 9),
      arguments: { rounds: 5, fraction_fit: 0.5 },
    };
    expect(run(options)).toEqual(run(options));
  });

  it.each<[string, Partial<KMeansOptions>, string, RegExp]>([
    ['no devices', { devices: {} }, 'no_devices', /no device/],
    [
      'no centers',
      { initial: new Float32Array(0) },
      'wrong_length',
      /2 values each, one at least, have not 0/,
    ],
    [
      'half a center',
      { initial: new Float32Array(3) },
      'wrong_length',
      /2 values each, one at least, have not 3/,
    ],
    [
      'rows of another width',
      { devices: { ...devices, c: rowsOf([1]) } },
      'wrong_length',
      /^c has 1 values; 1 rows of 2/,
    ],
    [
      'rows that are not finite',
      { devices: { ...devices, c: rowsOf([1, Infinity]) } },
      'not_finite',
      /^c holds Infinity at position 1/,
    ],
    ['centers that are not finite', { initial: Float32Array.of(NaN, 0) }, 'not_finite', /^initial holds NaN/],
    ['a memory above 1', { arguments: { memory: 2 } }, 'invalid_arguments', /^memory: .*<=1/],
  ])('refuses %s', (_what, change, code, message) => {
    const options = { devices, initial: new Float32Array(2), ...change };
    expect(() => run(options)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) as string }),
    );
  });
});
