import { refuse } from '../errors.js';
import type { Manifest } from '../model/tensors.js';
import { bfloat16 } from './bfloat16.js';
import { UnfitEncoding, type Codec, type EncodedHeader, type EncodedUpdate } from './codec.js';
import { float16 } from './float16.js';
import { int8 } from './int8.js';
import { none } from './none.js';
import { topK } from './top-k.js';

export {
  UnfitEncoding,
  type Codec,
  type Decoder,
  type EncodedHeader,
  type EncodedTensor,
  type EncodedUpdate,
  type EncodeOptions,
} from './codec.js';

/** The encodings of updates, by the name in a run's `compression`. */
export const codecs = [none, float16, bfloat16, int8, topK] as const;

/** @throws InvalidArguments if there is no codec of that name. */
export function codecNamed(name: string): Codec {
  const codec = codecs.find((one) => one.name === name);
  if (codec !== undefined) return codec;
  const names = codecs.map((one) => one.name).join(', ');
  refuse('compression', `unknown compression '${name}'; there are ${names}`);
}

/** The codec that an update was written with, by its number format. */
export function codecOf({ tensors }: EncodedHeader): Codec {
  const dtype = tensors[0]?.dtype;
  return codecs.find((codec) => codec.dtype === dtype) ?? none;
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
