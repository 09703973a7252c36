import type { Manifest } from './tensors.js';

/** Neighbouring values of a flat vector. */
export interface Range {
  readonly offset: number;
  readonly size: number;
}

/** The values of a model that are trained, and those that are not: running statistics and counters. */
export interface Partition {
  readonly trained: Part;
  readonly untrained: Part;
  /** Of the untrained values those that cannot be negative, such as variances. */
  readonly nonNegative: Part;
}

export interface Part {
  /** In the order of the vector; neighbours are joined. */
  readonly ranges: readonly Range[];
  /** Number of values in all ranges. */
  readonly size: number;
}

const known = new WeakMap<Manifest, { readonly partition: Partition | undefined }>();

/** Undefined if all values are trained. Values of no tensor count as trained. */
export function partitionOf(manifest: Manifest): Partition | undefined {
  const found = known.get(manifest) ?? { partition: partition(manifest) };
  known.set(manifest, found);
  return found.partition;
}

/** Number of values that are trained. */
export function trainedSize(manifest: Manifest): number {
  return partitionOf(manifest)?.trained.size ?? manifest.size;
}

function partition({ tensors, size }: Manifest): Partition | undefined {
  const buffers = tensors
    .filter((tensor) => !tensor.trainable && tensor.size > 0)
    .toSorted((a, b) => a.offset - b.offset);
  if (buffers.length === 0) return undefined;
  const untrained = joined(buffers);
  const trained: Range[] = [];
  let end = 0;
  for (const range of [...untrained, { offset: size, size: 0 }]) {
    if (range.offset > end) trained.push({ offset: end, size: range.offset - end });
    end = range.offset + range.size;
  }
  return {
    trained: partOf(trained),
    untrained: partOf(untrained),
    nonNegative: partOf(joined(buffers.filter(({ nonNegative }) => nonNegative))),
  };
}

function joined(tensors: readonly Range[]): readonly Range[] {
  const ranges: { offset: number; size: number }[] = [];
  for (const { offset, size } of tensors) {
    const last = ranges.at(-1);
    if (last !== undefined && last.offset + last.size === offset) last.size += size;
    else ranges.push({ offset, size });
  }
  return ranges;
}

function partOf(ranges: readonly Range[]): Part {
  return { ranges, size: ranges.reduce((sum, { size }) => sum + size, 0) };
}

/** ‖vector‖² over the values that are trained. */
export function squaredNormOf(vector: ArrayLike<number>, partition: Partition | undefined): number {
  let sum = 0;
  for (const { offset, size } of partition?.trained.ranges ?? [{ offset: 0, size: vector.length }])
    for (let i = offset; i < offset + size; i++) sum += vector[i]! ** 2;
  return sum;
}

/** A piece of a part: `start` counts the part's values alone, `offset` those of the whole vector. */
export interface Piece {
  readonly start: number;
  readonly offset: number;
  readonly size: number;
}

/** The pieces of a part whose own positions lie within start … start + size. */
export function* piecesOf({ ranges }: Part, start: number, size: number): Generator<Piece> {
  let before = 0;
  for (const range of ranges) {
    const from = Math.max(start, before);
    const to = Math.min(start + size, before + range.size);
    if (from < to) yield { start: from, offset: range.offset + from - before, size: to - from };
    before += range.size;
    if (before >= start + size) return;
  }
}

/** The pieces of a part that lie within offset … offset + size of the whole vector. */
export function* piecesWithin({ ranges }: Part, offset: number, size: number): Generator<Piece> {
  let before = 0;
  for (const range of ranges) {
    if (range.offset >= offset + size) return;
    const from = Math.max(offset, range.offset);
    const to = Math.min(offset + size, range.offset + range.size);
    if (from < to) yield { start: before + from - range.offset, offset: from, size: to - from };
    before += range.size;
  }
}
