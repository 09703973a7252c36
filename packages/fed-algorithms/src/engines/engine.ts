/** Runs the arithmetic of aggregation. One suite of vectors runs against every engine. */
export interface Engine {
  readonly name: string;
  /** A zeroed vector of `size` float32 values in the engine's own memory. */
  accumulator(size: number): Accumulator;
}

export interface Accumulator {
  /** acc[offset + i] += weight · piece[i] */
  add(piece: Float32Array, offset: number, weight: number): void;
  /** scale · acc, the caller's from now on; the accumulator is done with. */
  take(scale: number): Float32Array;
}
