import type { Columns } from '../engine.js';
import { selectionNetwork } from '../simd/sorting-network.js';
import type { Tensor, Tfjs } from './backend.js';

/** Of the values at one place of each part squares are summed in float32: enough of them to be worth it, too few to round much. */
export const SUMMED = 256;

/** What a device computes of a block of columns, as tensors; called within `tf.tidy`. */
export interface BlockKernels {
  median(columns: Columns): Tensor;
  /** By position the sum of the values of ranks [from, to). */
  sumOfRanks(columns: Columns, from: number, to: number): Tensor;
  /** By position the sum of the `keep` values nearest to the center (null: to their median). */
  sumAround(columns: Columns, center: Float32Array | null, keep: number): Tensor;
  /** Of each pair i > j, in this order, sums of squared differences over `SUMMED` values each; they divide the columns' length. */
  squaredDistances(columns: Columns): Tensor;
}

/** By operations of TensorFlow.js, which each read and write whole columns. */
export function createBlockKernels(tf: Tfjs): BlockKernels {
  /** Rows that by position hold the values of ranks [from, to), in order only where `ordered`. */
  const select = (columns: Columns, from: number, to: number, ordered: boolean): Tensor[] => {
    const rows: Tensor[] = columns.map((column) => tf.tensor1d(column));
    for (const { low, high, keeps } of selectionNetwork(rows.length, from, to, ordered)) {
      const pair = [rows[low]!, rows[high]!] as const;
      if (keeps !== 'high') rows[low] = tf.minimum(...pair);
      if (keeps !== 'low') rows[high] = tf.maximum(...pair);
      // At once, not at the end: memory would grow with the number of steps.
      tf.dispose([...pair]);
    }
    return rows.slice(from, to);
  };
  const middle = (rows: readonly Tensor[]): Tensor => {
    const [lower, upper] = [rows[(rows.length - 1) >> 1]!, rows[rows.length >> 1]!];
    // Halved before they are added: the sum may leave float32's range.
    return lower === upper ? upper : tf.add(tf.mul(lower, 0.5), tf.mul(upper, 0.5));
  };
  const total = (rows: readonly Tensor[]) => rows.reduce((sum, row) => tf.add(sum, row));

  return {
    median: (columns) => middle(select(columns, (columns.length - 1) >> 1, (columns.length >> 1) + 1, false)),

    sumOfRanks: (columns, from, to) => total(select(columns, from, to, false)),

    sumAround(columns, center, keep) {
      const rows = select(columns, 0, columns.length, true);
      const target = center === null ? middle(rows) : tf.tensor1d(center);
      const zero = tf.zerosLike(target);
      // The nearest values are adjacent. If `passed[k]` holds, they begin after rank k.
      const passed = rows
        .slice(keep)
        .map((beyond, k) => tf.greater(tf.sub(target, rows[k]!), tf.sub(beyond, target)));
      return total(
        rows.map((row, k) => {
          const begun = k < passed.length ? tf.where(passed[k]!, zero, row) : row;
          return k < keep ? begun : tf.where(passed[k - keep]!, begun, zero);
        }),
      );
    },

    squaredDistances(columns) {
      const shape: [number, number] = [columns[0]!.length / SUMMED, SUMMED];
      const all = tf.stack(columns.map((column) => tf.tensor2d(column, shape)));
      const toEarlier = (i: number) =>
        tf.tidy(() => tf.sum(tf.squaredDifference(tf.slice(all, [0], [i]), tf.slice(all, [i], [1])), -1));
      return tf.concat(columns.slice(1).map((_, before) => toEarlier(before + 1)));
    },
  };
}
