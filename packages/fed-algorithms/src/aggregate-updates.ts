import type { AggregatorState, CollectingAggregator, FoldingAggregator, UpdateSet } from './aggregator.js';
import { subset } from './aggregators/blocks.js';
import { resultVector, scaleToTotal } from './aggregators/collecting.js';
import { weightedSum } from './aggregators/weighted-sum.js';
import type { Engine } from './engines/engine.js';
import { piecesOf, piecesWithin, type Part, type Partition } from './model/partition.js';
import { zerosLike } from './vector.js';

/** Weights of an update. */
export interface Share {
  /** Weight under the rule. An update of weight 0 is ignored. */
  readonly weight: number;
  /** Weight in the plain mean of the values that are not trained. @defaultValue `weight` */
  readonly plainWeight?: number;
  /** Factor of the values that the rule gets. @defaultValue 1 */
  readonly scale?: number;
}

/** What weights are shares of. */
export type Totals = Required<Pick<Share, 'weight' | 'plainWeight'>>;

/** Context shared by all updates of a round. */
export interface UpdateShape {
  /** Number of float32 values in an update. */
  readonly size: number;
  /** Which values are trained; undefined: all. The rule gets no others: those are averaged plainly. */
  readonly partition: Partition | undefined;
  readonly engine: Engine;
}

export function totalsOf(shares: readonly Share[]): Totals {
  return {
    weight: shares.reduce((sum, { weight }) => sum + weight, 0),
    plainWeight: shares.reduce((sum, { weight, plainWeight = weight }) => sum + plainWeight, 0),
  };
}

export interface UpdateFold {
  /** Folds a piece of an update that starts at `offset`. */
  add(piece: Float32Array, offset: number, share: Share): void;
  /** The aggregate. Ends the fold. */
  finish(totals: Totals): Float32Array;
}

/** Adds updates as they arrive: memory does not grow with their number. */
export function foldUpdates(aggregator: FoldingAggregator, shape: UpdateShape): UpdateFold {
  const { size, partition, engine } = shape;
  const addTo = (fold: ReturnType<FoldingAggregator['begin']>) => {
    const isLinear = aggregator.linear === true;
    return (piece: Float32Array, offset: number, { weight, scale = 1 }: Share) => {
      if (weight === 0) return;
      if (scale === 1 || isLinear) fold.add(piece, offset, weight * scale);
      else
        fold.add(
          piece.map((value) => value * scale),
          offset,
          weight,
        );
    };
  };
  if (partition === undefined) {
    const fold = aggregator.begin(size, engine);
    return { add: addTo(fold), finish: (totals) => fold.finish(totals.weight) };
  }
  const { trained, untrained } = partition;
  const fold = aggregator.begin(trained.size, engine);
  const add = addTo(fold);
  const plain = engine.accumulator(untrained.size);
  return {
    add(piece, offset, share) {
      const { weight, plainWeight = weight } = share;
      const valuesOf = (at: number, length: number) => piece.subarray(at - offset, at - offset + length);
      for (const part of piecesWithin(trained, offset, piece.length))
        add(valuesOf(part.offset, part.size), part.start, share);
      if (plainWeight === 0) return;
      for (const part of piecesWithin(untrained, offset, piece.length))
        plain.add(valuesOf(part.offset, part.size), part.start, plainWeight);
    },
    finish({ weight, plainWeight }) {
      const ofTrained = fold.finish(weight);
      const ofUntrained = plain.take(plainWeight > 0 ? 1 / plainWeight : 0);
      const result = zerosLike(ofTrained, size) as Float32Array;
      scatter(ofTrained, trained, result);
      scatter(ofUntrained, untrained, result);
      for (const used of [ofTrained, ofUntrained]) engine.recycle?.(used);
      return result;
    },
  };
}

/** Updates stored in memory or in files. */
export interface Collected extends Pick<UpdateSet, 'vectors' | 'read'> {
  readonly shares: readonly Share[];
}

export interface CollectOptions {
  /** State of the rule between rounds; changed in place. */
  readonly state?: AggregatorState | undefined;
  /** @defaultValue the sums of the shares */
  readonly totals?: Totals | undefined;
  /** Destination of the result. @defaultValue a new vector */
  readonly out?: Float32Array | undefined;
}

/** Aggregates updates by a rule that needs all of them at once. */
export async function collectUpdates(
  aggregator: CollectingAggregator,
  { shares, vectors, read }: Collected,
  { size, partition, engine }: UpdateShape,
  { state, totals = totalsOf(shares), out }: CollectOptions = {},
): Promise<Float32Array> {
  const all: UpdateSet = {
    count: shares.length,
    size,
    weights: shares.map(({ weight }) => weight),
    vectors,
    out,
    read,
  };
  if (partition === undefined) return byRule(all);
  const { trained, untrained } = partition;
  const result = resultVector(all);
  const ofTrained = await byRule(partOf(all, trained, engine.vector?.(trained.size)));
  scatter(ofTrained, trained, result);
  engine.recycle?.(ofTrained);
  const plain = shares.map(({ weight, plainWeight = weight }) => plainWeight / (totals.plainWeight || 1));
  const counting = indicesOf(plain);
  const part = subset(partOf(all, untrained, undefined), counting);
  scatter(
    counting.length === 0
      ? new Float32Array(untrained.size)
      : await weightedSum(
          part,
          counting.map((index) => plain[index]!),
          engine.columns,
        ),
    untrained,
    result,
  );
  return result;

  async function byRule(updates: UpdateSet): Promise<Float32Array> {
    const indices = indicesOf(updates.weights);
    if (indices.length === 0) return resultVector(updates).fill(0);
    const heard = indices.length === updates.count ? updates : subset(updates, indices);
    const scales = indices.map((index) => shares[index]!.scale ?? 1);
    const given = scales.every((scale) => scale === 1) ? heard : scaled(heard, scales);
    return scaleToTotal(await aggregator.aggregate(given, engine, state), given.weights, totals.weight);
  }
}

function indicesOf(weights: readonly number[]): number[] {
  return weights.flatMap((weight, index) => (weight > 0 ? [index] : []));
}

/** The same updates with the values of a part alone. */
function partOf(updates: UpdateSet, part: Part, out: Float32Array | undefined): UpdateSet {
  return {
    count: updates.count,
    size: part.size,
    weights: updates.weights,
    out,
    async read(index, start, target) {
      for (const piece of piecesOf(part, start, target.length)) {
        const at = piece.start - start;
        await updates.read(index, piece.offset, target.subarray(at, at + piece.size));
      }
    },
  };
}

/** The same updates, each times its scale. */
function scaled(updates: UpdateSet, scales: readonly number[]): UpdateSet {
  return {
    count: updates.count,
    size: updates.size,
    weights: updates.weights,
    out: updates.out,
    async read(index, start, target) {
      await updates.read(index, start, target);
      const scale = scales[index]!;
      for (let i = 0; i < target.length; i++) target[i]! *= scale;
    },
  };
}

function scatter(values: Float32Array, { ranges }: Part, target: Float32Array): void {
  let start = 0;
  for (const { offset, size } of ranges) {
    target.set(values.subarray(start, start + size), offset);
    start += size;
  }
}
