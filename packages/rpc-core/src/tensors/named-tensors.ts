import { decodeSafetensors, encodeSafetensors } from './safetensors.js';

/** Float32 tensors of any shapes, by name. */
export type NamedTensors = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>
>;

/** Tensors as one safetensors file. */
export function packTensors(tensors: NamedTensors): Uint8Array {
  const entries = Object.entries(tensors);
  const all = new Float32Array(entries.reduce((sum, [, { data }]) => sum + data.length, 0));
  let offset = 0;
  for (const [, { data }] of entries) {
    all.set(data, offset);
    offset += data.length;
  }
  return encodeSafetensors(
    entries.map(([name, { shape }]) => ({ name, shape })),
    all,
  );
}

/** The tensors of a safetensors file. Throws `MalformedTensors`. */
export function unpackTensors(bytes: Uint8Array): NamedTensors {
  const { tensors, data } = decodeSafetensors(bytes);
  let offset = 0;
  return Object.fromEntries(
    tensors.map(({ name, shape }) => {
      const start = offset;
      offset += shape.reduce((product, length) => product * length, 1);
      return [name, { shape, data: data.slice(start, offset) }];
    }),
  );
}
