import type { Accumulator, Engine } from './engine.js';
import { plainColumns } from './plain-columns.js';

/** The fallback where WebAssembly SIMD is missing: the same float32 roundings in plain code, hence the same bits. */
export const plainEngine: Engine = {
  name: 'plain',
  accumulator: createPlainAccumulator,
  columns: plainColumns,
};

function createPlainAccumulator(size: number): Accumulator {
  const values = new Float32Array(size);
  return {
    add(piece, offset, weight) {
      if (offset < 0 || offset + piece.length > size)
        throw new RangeError(`a piece of ${piece.length} values at ${offset} leaves a vector of ${size}`);
      const w = Math.fround(weight);
      for (let i = 0; i < piece.length; i++) values[offset + i]! += Math.fround(w * piece[i]!);
    },
    take(scale) {
      const factor = Math.fround(scale);
      return values.map((value) => value * factor);
    },
  };
}
