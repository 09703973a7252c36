import type { Engine } from '../engines/engine.js';
import { plainEngine } from '../engines/plain.js';

/** Folds in float64, for research that compares with a reference. Rules that collect updates compute in float32 all the same. */
export const float64Engine: Engine = {
  ...plainEngine,
  name: 'float64',
  accumulator(size) {
    const values = new Float64Array(size);
    return {
      add(piece, offset, weight) {
        for (let i = 0; i < piece.length; i++) values[offset + i]! += weight * piece[i]!;
      },
      // The harness passes vectors of its own precision through the rules, which do not look inside.
      take: (scale) => values.map((value) => value * scale) as unknown as Float32Array,
    };
  },
};
