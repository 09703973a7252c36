import { AlgorithmsError } from '../errors.js';
import type { Random } from '../model/random.js';
import type { Manifest } from '../model/tensors.js';

/** A tensor of a safetensors file. */
export interface EncodedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'F32' | 'F16' | 'BF16' | 'I8' | 'U32';
}

/** An update as it travels: what a safetensors file of it holds. */
export interface EncodedUpdate {
  readonly tensors: readonly EncodedTensor[];
  /** The tensors' bytes, one after the other. */
  readonly data: Uint8Array;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface EncodeOptions {
  readonly random: Random;
  /** Share of the values that `top-k` keeps. */
  readonly keep: number;
}

/** The header of an encoded update, which a decoder needs. */
export type EncodedHeader = Omit<EncodedUpdate, 'data'>;

/** Decodes an update's bytes into float32 values, in order, as they arrive. */
export interface Decoder {
  /** The length of each piece of bytes is a multiple of this. */
  readonly unitBytes: number;
  /** A yielded array is valid until the next one is requested. */
  decode(bytes: Uint8Array): Iterable<Float32Array>;
  /** Returns the values that remain after the last byte. */
  finish(): Iterable<Float32Array>;
}

/** An encoding of an update in fewer bytes. */
export interface Codec {
  readonly name: string;
  readonly summary: string;
  /** The number format of its tensors, by which a decoder is chosen. */
  readonly dtype: EncodedTensor['dtype'];
  encode(update: Float32Array, manifest: Manifest, options: EncodeOptions): EncodedUpdate;
  /** Throws `UnfitEncoding` if the header does not belong to this model. */
  decoder(header: EncodedHeader, manifest: Manifest): Decoder;
}

/** The encoding of an update does not match its header or the model. */
export class UnfitEncoding extends AlgorithmsError {}

/** The model's own tensors, each in the same number format. */
export function tensorsAs(manifest: Manifest, dtype: EncodedTensor['dtype']): EncodedTensor[] {
  return manifest.tensors.map(({ name, shape }) => ({ name, shape, dtype }));
}

export function expectTensors(got: readonly EncodedTensor[], expected: readonly EncodedTensor[]): void {
  const describe = (list: readonly EncodedTensor[]) =>
    list
      .map(({ name, shape, dtype }) => `${name}[${shape.join(',')}]${dtype === 'F32' ? '' : ` ${dtype}`}`)
      .join(' ');
  const [holds, is] = [describe(got), describe(expected)];
  if (holds !== is) throw new UnfitEncoding('wrong_shape', `the update holds ${holds}; the model is ${is}`);
}

/** Decodes value by value: one unit, one value. */
export function eachValue(
  unitBytes: number,
  convert: (bytes: Uint8Array, values: Float32Array) => void,
): Decoder {
  return {
    unitBytes,
    *decode(bytes) {
      const values = new Float32Array(bytes.length / unitBytes);
      convert(bytes, values);
      yield values;
    },
    finish: () => [],
  };
}
