/** A flat vector of a model's values: float32 between TTP and workers, float64 where research asks for it. */
export type Vector = Float32Array | Float64Array;

/** Zeros of the same precision. */
export function zerosLike(vector: Vector, size: number = vector.length): Vector {
  return vector instanceof Float64Array ? new Float64Array(size) : new Float32Array(size);
}

/** By name, in the order of the names. */
export type Vectors = Readonly<Record<string, Vector>>;
