/** Runs the arithmetic of aggregation. One suite of vectors runs against every engine. */
export interface Engine {
  readonly name: string;
  /** A zeroed vector of `size` float32 values in the engine's own memory. */
  accumulator(size: number): Accumulator;
  /** `size` undefined values in memory where the engine writes results without copying them; default: an ordinary array. */
  vector?(size: number): Float32Array;
  /** A vector that `vector` or an accumulator gave is not used any more: its memory may serve the next one. */
  recycle?(vector: Float32Array): void;
  readonly columns: ColumnKernels;
}

export interface Accumulator {
  /** acc[offset + i] += weight · piece[i] */
  add(piece: Float32Array, offset: number, weight: number): void;
  /** scale · acc, the caller's from now on; the accumulator is done with. */
  take(scale: number): Float32Array;
}

/**
 * Kernels over one block of columns: `columns[k]` holds update k's values of the block, finite ones; there is at least one
 * column, all of one length, `out`'s. A kernel may answer with a promise (a GPU does, and a thread); the block is then left
 * alone until it is kept. A zero's sign is not kept; values below float32's normal range (2^-126) may count as zero.
 */
export interface ColumnKernels {
  /** Most values of one update that a block of `count` updates should hold. */
  blockValues(count: number): number;
  /** Maximum number of blocks in progress at a time; default: 1. */
  readonly concurrency?: number;
  /** Whether the kernels find these columns without copying them; default: they do. */
  holds?(columns: Columns): boolean;
  /** Memory in which this engine's kernels find columns without copying them; default: ordinary arrays. */
  reserve?(count: number, length: number): Reserved;
  /** The middle value by position; the mean of the two middle ones for even counts. */
  median(columns: Columns, out: Float32Array): Done;
  /** By position the mean of what is left when the `cut` smallest and largest are dropped. Throws unless 0 ≤ 2 · cut < count. */
  trimmedMean(columns: Columns, cut: number, out: Float32Array): Done;
  /**
   * By position the mean of the `keep` values nearest to the center (null: to their median), by distances rounded to
   * float32; of two equally near the smaller one is nearer. Throws unless 1 ≤ keep ≤ count.
   */
  meanAround(columns: Columns, center: Float32Array | null, keep: number, out: Float32Array): Done;
  /** sums[i · count + j] += ‖columns[i] − columns[j]‖², for all i and j, within 1e-6 of what float64 gives. */
  addSquaredDistances(columns: Columns, sums: Float64Array): Done;
  /** sums[k] += ‖columns[k] − center‖² (null: of zero), within 1e-6 of what float64 gives. */
  addSquaredNorms(columns: Columns, center: Float32Array | null, sums: Float64Array): Done;
  /** out = Σ weights[k] · columns[k] */
  weightedSum(columns: Columns, weights: readonly number[], out: Float32Array): Done;
}

/** Columns of undefined values, the caller's until they are released. */
export interface Reserved {
  readonly columns: Columns;
  release(): void;
}

export type Columns = readonly Float32Array[];
export type Done = void | Promise<void>;
