export const BYTES_PER_VALUE = Float32Array.BYTES_PER_ELEMENT;

/** A complete, verified update at rest: `size` float32 values, read in blocks. */
export interface StagedUpdate {
  readonly size: number;
  read(start: number, target: Float32Array): Promise<void>;
  /** Releases the resources that reading holds; the update may be read again. */
  close?(): Promise<void>;
}

/** The bytes of a vector, without a copy. */
export function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
