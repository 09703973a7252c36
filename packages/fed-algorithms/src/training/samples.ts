/** Prepared data that a network trains on or predicts from: what a pipeline ends in. */
export interface Samples {
  /** [count, ...shape], row-major; images are [count, channels, height, width]. */
  readonly features: Float32Array;
  /** Of one sample, without the batch dimension. */
  readonly shape: readonly number[];
  /** One a sample: its class index (classify) or its value (regress). */
  readonly targets: Float32Array;
  readonly count: number;
  /** [count × units]: another model's outputs for the same samples, for a criterion that learns from them. */
  readonly teacher?: Float32Array;
}

/** Makes batches of samples by their row numbers. */
export function createBatches(samples: Samples): (rows: Uint32Array) => Samples {
  const { count, shape, features, targets, teacher } = samples;
  return (rows) => ({
    features: rowsOf(features, count, rows),
    shape,
    targets: rowsOf(targets, count, rows),
    count: rows.length,
    ...(teacher && { teacher: rowsOf(teacher, count, rows) }),
  });
}

/** Copies into new memory: a backend may retain the array it receives. */
function rowsOf(values: Float32Array, count: number, rows: Uint32Array): Float32Array {
  const width = values.length / count;
  const taken = new Float32Array(rows.length * width);
  for (const [place, row] of rows.entries())
    taken.set(values.subarray(row * width, (row + 1) * width), place * width);
  return taken;
}
