import type { Manifest } from '@synergos/fed-algorithms';
import { encodeSafetensorsHeader } from '@synergos/rpc-core';

/** A model as the parts of a safetensors file; the weights are not copied. */
export function modelParts(
  manifest: Manifest,
  weights: Float32Array,
  metadata: Readonly<Record<string, string>>,
): readonly Uint8Array[] {
  return [encodeSafetensorsHeader(manifest.tensors, metadata), bytesOf(weights)];
}

/** The vector's own bytes. */
export function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
