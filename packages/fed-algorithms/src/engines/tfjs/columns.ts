import type { ColumnKernels, Columns } from '../engine.js';
import type { Tensor, TfjsBackend } from './backend.js';
import { selectionNetwork } from '../simd/sorting-network.js';

/** All columns of a block together: 64 MiB, half of what every WebGPU device takes as one buffer. */
const BLOCK_VALUES = 2 ** 24;
/** Squares are summed in float32 over as many values, from there on in float64 outside of the device. */
const SUMMED = 1024;
/** Smaller sums may have lost squares that float32 cannot hold. */
const LEAST_SUM = 2 ** -90;

/**
 * The kernels on a backend of TensorFlow.js. Those that read each value once go to `host`: to move the values costs more than
 * the arithmetic on them. Values below float32's normal range may count as zero.
 */
export function createTfjsColumns({ tf, name }: TfjsBackend, host: ColumnKernels): ColumnKernels {
  /** The values of what `work` gives; all tensors that are made meanwhile are freed. */
  const compute = async (work: () => Tensor): Promise<Float32Array> => {
    // A backend that has started is switched to at once; the promise tells nothing more.
    if (tf.getBackend() !== name) void tf.setBackend(name);
    const result = tf.tidy(work);
    try {
      return await result.data<'float32'>();
    } finally {
      result.dispose();
    }
  };

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

  const total = (rows: readonly Tensor[]) => rows.reduce((sum, row) => tf.add(sum, row));

  return {
    blockValues: (count) => Math.max(1, Math.floor(BLOCK_VALUES / count)),

    async median(columns, out) {
      const [from, to] = [(columns.length - 1) >> 1, (columns.length >> 1) + 1];
      out.set(await compute(() => middle(tf, select(columns, from, to, false))));
    },

    async trimmedMean(columns, cut, out) {
      const end = columns.length - cut;
      divide(await compute(() => total(select(columns, cut, end, false))), end - cut, out);
    },

    async meanAround(columns, center, keep, out) {
      const sums = await compute(() => {
        const rows = select(columns, 0, columns.length, true);
        const target = center === null ? middle(tf, rows) : tf.tensor1d(center);
        const zero = tf.zerosLike(target);
        // The nearest values lie beside each other. Where `passed[k]` holds, they begin after rank k.
        const passed = rows
          .slice(keep)
          .map((beyond, k) => tf.greater(tf.sub(target, rows[k]!), tf.sub(beyond, target)));
        return total(
          rows.map((row, k) => {
            const begun = k < passed.length ? tf.where(passed[k]!, zero, row) : row;
            return k < keep ? begun : tf.where(passed[k - keep]!, begun, zero);
          }),
        );
      });
      divide(sums, keep, out);
    },

    async addSquaredDistances(columns, sums) {
      const count = columns.length;
      const parts = Math.floor(columns[0]!.length / SUMMED);
      const piece = (k: number, part: number) => columns[k]!.subarray(part * SUMMED, (part + 1) * SUMMED);
      const onHost = async (i: number, j: number, part: number) => {
        const pair = new Float64Array(4);
        await host.addSquaredDistances([piece(i, part), piece(j, part)], pair);
        return pair[1]!;
      };
      await host.addSquaredDistances(
        columns.map((column) => column.subarray(parts * SUMMED)),
        sums,
      );
      if (parts === 0 || count === 1) return;
      // Of each pair i > j, in this order, and each part of the columns.
      const squares = await compute(() => {
        const all = tf.stack(
          columns.map((column) => tf.tensor2d(column.subarray(0, parts * SUMMED), [parts, SUMMED])),
        );
        const ofRow = (i: number) =>
          tf.tidy(() => tf.sum(tf.squaredDifference(tf.slice(all, [0], [i]), tf.slice(all, [i], [1])), -1));
        return tf.concat(Array.from({ length: count - 1 }, (_, before) => ofRow(before + 1)));
      });
      let at = 0;
      for (let i = 1; i < count; i++)
        for (let j = 0; j < i; j++) {
          let sum = 0;
          for (let part = 0; part < parts; part++, at++) {
            const square = squares[at]!;
            sum += square >= LEAST_SUM && square < Infinity ? square : await onHost(i, j, part);
          }
          sums[i * count + j]! += sum;
          sums[j * count + i]! += sum;
        }
    },

    addSquaredNorms: (columns, center, sums) => host.addSquaredNorms(columns, center, sums),
    weightedSum: (columns, weights, out) => host.weightedSum(columns, weights, out),
  };
}

function middle(tf: TfjsBackend['tf'], rows: readonly Tensor[]): Tensor {
  const [lower, upper] = [rows[(rows.length - 1) >> 1]!, rows[rows.length >> 1]!];
  // Halved before they are added: the sum may leave float32's range.
  return lower === upper ? upper : tf.add(tf.mul(lower, 0.5), tf.mul(upper, 0.5));
}

/** Outside of the device, whose division need not be rounded correctly. */
function divide(values: Float32Array, divisor: number, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = values[i]! / divisor;
}
