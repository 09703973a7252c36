import type { Manifest } from '../model/manifest.js';
import { bfloat16 } from './bfloat16.js';
import {
  UnfitEncoding,
  type Codec,
  type Compression,
  type EncodedHeader,
  type EncodedUpdate,
} from './codec.js';
import { float16 } from './float16.js';
import { int8 } from './int8.js';
import { none } from './none.js';
import { topK } from './top-k.js';

export {
  compressions,
  UnfitEncoding,
  type Codec,
  type Compression,
  type Decoder,
  type EncodedHeader,
  type EncodedTensor,
  type EncodedUpdate,
  type EncodeOptions,
} from './codec.js';

export const codecs: Readonly<Record<Compression, Codec>> = { none, float16, bfloat16, int8, 'top-k': topK };

const byDtype = { F32: none, F16: float16, BF16: bfloat16, I8: int8, U32: topK } as const;

/** The codec that an update was written with, by its number format. */
export function codecOf({ tensors }: EncodedHeader): Codec {
  const dtype = tensors[0]?.dtype;
  return dtype === undefined ? none : byDtype[dtype];
}

/** All values of an encoded update. Throws `UnfitEncoding`. */
export function decodeUpdate(encoded: EncodedUpdate, manifest: Manifest): Float32Array {
  const decoder = codecOf(encoded).decoder(encoded, manifest);
  const update = new Float32Array(manifest.size);
  let position = 0;
  const take = (parts: Iterable<Float32Array>) => {
    for (const values of parts) {
      if (position + values.length > update.length)
        throw new UnfitEncoding(
          'wrong_length',
          `the update has more values than the model's ${update.length}`,
        );
      update.set(values, position);
      position += values.length;
    }
  };
  take(decoder.decode(encoded.data));
  take(decoder.finish());
  if (position !== update.length)
    throw new UnfitEncoding(
      'wrong_length',
      `the update has ${position} values, the model has ${update.length}`,
    );
  return update;
}
