import { createRandom, deriveSeed } from '../model/random.js';

export interface BatchOrder {
  /** Rows in a batch; null: all. */
  readonly batch_size: number | null;
  /** Shuffles the rows in each epoch. */
  readonly shuffle: boolean;
}

/** Rows in a batch of `count` rows. */
export function batchSizeOf(count: number, { batch_size }: Pick<BatchOrder, 'batch_size'>): number {
  return Math.min(batch_size ?? count, count);
}

/** The rows of each batch of an epoch, counted from 1. The last batch may have fewer. */
export function epochBatches(
  count: number,
  { batch_size, shuffle }: BatchOrder,
  seed: number,
  epoch: number,
): readonly Uint32Array[] {
  const size = batchSizeOf(count, { batch_size });
  const order = shuffle
    ? createRandom(deriveSeed(seed, 'order', epoch)).permutation(count)
    : Uint32Array.from({ length: count }, (_, row) => row);
  return Array.from({ length: Math.ceil(count / size) }, (_, index) =>
    order.subarray(index * size, (index + 1) * size),
  );
}
