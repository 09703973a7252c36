import { checkCut, checkKeep } from '../check-counts.js';
import type { ColumnKernels, Columns } from '../engine.js';
import type { Tensor, TfjsBackend } from './backend.js';
import { SUMMED, type BlockKernels } from './block-kernels.js';

/** All columns of a block together: 64 MiB, half of what every WebGPU device takes as one buffer. */
const BLOCK_VALUES = 2 ** 24;
/** Smaller sums may have lost squares that float32 cannot hold. */
const LEAST_SUM = 2 ** -90;

/**
 * The kernels on a backend of TensorFlow.js. Those that read each value once go to `host`: to move the values costs more than
 * the arithmetic on them. Values below float32's normal range may count as zero.
 */
export function createTfjsColumns(
  { tf, name }: TfjsBackend,
  device: BlockKernels,
  host: ColumnKernels,
): ColumnKernels {
  /** Returns the values of the result of `work`, and frees all tensors created in the process. */
  const compute = async (work: () => Tensor): Promise<Float32Array> => {
    // Switching to a started backend is synchronous; the promise carries no information.
    if (tf.getBackend() !== name) void tf.setBackend(name);
    const result = tf.tidy(work);
    try {
      return await result.data<'float32'>();
    } finally {
      result.dispose();
    }
  };
  const addPair = async (columns: Columns, i: number, j: number): Promise<number> => {
    const sums = new Float64Array(4);
    await host.addSquaredDistances([columns[i]!, columns[j]!], sums);
    return sums[1]!;
  };

  return {
    blockValues: (count) => Math.max(1, Math.floor(BLOCK_VALUES / count)),

    async median(columns, out) {
      out.set(await compute(() => device.median(columns)));
    },

    async trimmedMean(columns, cut, out) {
      checkCut(cut, columns.length);
      const end = columns.length - cut;
      divide(await compute(() => device.sumOfRanks(columns, cut, end)), end - cut, out);
    },

    async meanAround(columns, center, keep, out) {
      checkKeep(keep, columns.length);
      divide(await compute(() => device.sumAround(columns, center, keep)), keep, out);
    },

    async addSquaredDistances(columns, sums) {
      const count = columns.length;
      const length = columns[0]!.length - (columns[0]!.length % SUMMED);
      await host.addSquaredDistances(
        columns.map((column) => column.subarray(length)),
        sums,
      );
      if (length === 0 || count === 1) return;
      const onDevice = columns.map((column) => column.subarray(0, length));
      const squares = await compute(() => device.squaredDistances(onDevice));
      const parts = length / SUMMED;
      for (let i = 1, at = 0; i < count; i++)
        for (let j = 0; j < i; j++, at += parts) {
          const inRange = squares.subarray(at, at + parts).every((sum) => sum >= LEAST_SUM && sum < Infinity);
          const sum = inRange ? total(squares.subarray(at, at + parts)) : await addPair(onDevice, i, j);
          sums[i * count + j]! += sum;
          sums[j * count + i]! += sum;
        }
    },

    addSquaredNorms: (columns, center, sums) => host.addSquaredNorms(columns, center, sums),
    weightedSum: (columns, weights, out) => host.weightedSum(columns, weights, out),
  };
}

/** Outside of the device, whose division need not be rounded correctly. */
function divide(values: Float32Array, divisor: number, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = values[i]! / divisor;
}

/** In float64. */
function total(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}
