import { z } from 'zod';
import { runArgumentsSchema } from '../arguments.js';
import { chooseCohort } from '../cohort.js';
import { AlgorithmsError, InvalidArguments } from '../errors.js';
import { issuesOf } from '../issues.js';
import type { Samples } from '../training/samples.js';
import type { Vector } from '../vector.js';

/** K centers of rows of d values. */
export interface Clusters {
  /** [K × d], row-major. */
  readonly centroids: Float64Array;
  /** [K]: how many rows each center has been the mean of. */
  readonly weights: Float64Array;
}

/** Statistics of a participant's rows: sums per cluster, which expose a row only if it is alone in its cluster. */
export interface ClusterSums {
  /** [K × d]: sum of the rows of each center. */
  readonly sums: Float64Array;
  /** [K]: number of rows of each center. */
  readonly weights: Float64Array;
  /** Σ ‖x − c‖² over all rows x and their centers c. */
  readonly inertia: number;
}

/** The participant's side: each row belongs to the nearest center, of several to the first. */
export function sumClusters(samples: Samples, centroids: Vector): ClusterSums {
  const { features, count } = samples;
  const width = widthOf(samples);
  const sums = new Float64Array(centroids.length);
  const weights = new Float64Array(centroids.length / width);
  let inertia = 0;
  for (let row = 0; row < count; row++) {
    const { cluster, distance } = nearest(features.subarray(row * width, (row + 1) * width), centroids);
    for (let i = 0; i < width; i++) sums[cluster * width + i]! += features[row * width + i]!;
    weights[cluster]!++;
    inertia += distance;
  }
  return { sums, weights, inertia };
}

/**
 * The TTP's side: c ← (v c + s) / (v + n), v ← v + n, for a center c that v rows have been the mean of, and n new ones
 * whose sum is s. Without new rows it stays.
 */
export function moveCentroids(
  { centroids, weights }: Clusters,
  received: Pick<ClusterSums, 'sums' | 'weights'>,
): Clusters {
  const width = centroids.length / weights.length;
  const moved = { centroids: Float64Array.from(centroids), weights: Float64Array.from(weights) };
  for (const [cluster, before] of weights.entries()) {
    const coming = received.weights[cluster]!;
    if (coming === 0) continue;
    moved.weights[cluster] = before + coming;
    for (let i = cluster * width; i < (cluster + 1) * width; i++)
      moved.centroids[i] = (before * centroids[i]! + received.sums[i]!) / (before + coming);
  }
  return moved;
}

/** Number of its cluster for each row. */
export function assignClusters(samples: Samples, centroids: Vector): Uint32Array {
  const { features, count } = samples;
  const width = widthOf(samples);
  return Uint32Array.from(
    { length: count },
    (_, row) => nearest(features.subarray(row * width, (row + 1) * width), centroids).cluster,
  );
}

const kMeansArguments = runArgumentsSchema
  .pick({ rounds: true, fraction_fit: true, min_fit: true, selection: true, seed: true })
  .extend({
    memory: z.number().min(0).max(1).default(1).describe('what rows of earlier rounds still count'),
  });

export interface KMeansOptions {
  /** Targets have no part in it. */
  readonly devices: Readonly<Record<string, Samples>>;
  /** [K × d]: the first centers; how they are found is the caller's to say. */
  readonly initial: Vector;
  /** As of a run: `rounds`, `fraction_fit`, `min_fit`, `selection`, `seed`; and `memory`. */
  readonly arguments?: Partial<z.infer<typeof kMeansArguments>>;
}

export interface KMeansRound extends Clusters {
  /** Counted from 1. */
  readonly round: number;
  /** Of the cohort's rows, around the centers that the round began with. */
  readonly inertia: number;
}

/**
 * Federated k-means in one process: in each round a cohort reports sums and counts of the rows nearest to each center. With
 * `memory` 1 all rounds count alike, as in mini-batch k-means: Sculley: Web-Scale K-Means Clustering (2010). With 0 and
 * all devices it is Lloyd's algorithm over all rows: Lloyd: Least Squares Quantization in PCM (1982).
 * Throws `AlgorithmsError` on arguments out of range, devices that do not fit together, and values that are not finite.
 */
export function* federateKMeans(options: KMeansOptions): Generator<KMeansRound> {
  const { devices, initial } = options;
  const parsed = kMeansArguments.safeParse(options.arguments ?? {});
  if (!parsed.success) throw new InvalidArguments(issuesOf(parsed.error));
  const { rounds, memory, fraction_fit: fraction, min_fit: least, ...choice } = parsed.data;
  const width = checkWidth(devices, initial);
  const participants = Object.keys(devices);
  let clusters: Clusters = {
    centroids: Float64Array.from(initial),
    weights: new Float64Array(initial.length / width),
  };
  for (let round = 1; round <= rounds; round++) {
    const cohort = chooseCohort({ ...choice, participants, fraction, least, round });
    const told = cohort.map((name) => sumClusters(devices[name]!, clusters.centroids));
    const sum = {
      sums: clusters.centroids.map((_, i) => total(told.map(({ sums }) => sums[i]!))),
      weights: clusters.weights.map((_, k) => total(told.map(({ weights }) => weights[k]!))),
    };
    const weights = clusters.weights.map((weight) => memory * weight);
    clusters = moveCentroids({ ...clusters, weights }, sum);
    yield { round, ...clusters, inertia: total(told.map(({ inertia }) => inertia)) };
  }
}

function nearest(row: Vector, centroids: Vector): { readonly cluster: number; readonly distance: number } {
  let [cluster, distance] = [0, Infinity];
  for (let k = 0; k * row.length < centroids.length; k++) {
    let squares = 0;
    for (let i = 0; i < row.length; i++) squares += (row[i]! - centroids[k * row.length + i]!) ** 2;
    if (squares < distance) [cluster, distance] = [k, squares];
  }
  return { cluster, distance };
}

function checkWidth(devices: Readonly<Record<string, Samples>>, initial: Vector): number {
  const all = Object.entries(devices);
  const width = all[0] && widthOf(all[0][1]);
  if (width === undefined) throw new AlgorithmsError('no_devices', 'there is no device to cluster');
  if (!(initial.length > 0 && initial.length % width === 0))
    throw new AlgorithmsError(
      'wrong_length',
      `centers of ${width} values each, one at least, have not ${initial.length} values`,
    );
  for (const [name, { features, count }] of [
    ['initial', { features: initial, count: initial.length / width }] as const,
    ...all,
  ]) {
    if (features.length !== count * width)
      throw new AlgorithmsError(
        'wrong_length',
        `${name} has ${features.length} values; ${count} rows of ${width} have ${count * width}`,
      );
    const odd = features.findIndex((value) => !Number.isFinite(value));
    if (odd >= 0)
      throw new AlgorithmsError('not_finite', `${name} holds ${features[odd]} at position ${odd}`);
  }
  return width;
}

function widthOf({ shape }: Samples): number {
  return shape.reduce((product, length) => product * length, 1);
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
