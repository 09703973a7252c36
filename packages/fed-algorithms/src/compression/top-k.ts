import { expectTensors, UnfitEncoding, type Codec, type EncodedTensor } from './codec.js';

const ENTRY_BYTES = 8;
const ZEROS = new Float32Array(1 << 14);

/**
 * Only the k values of largest magnitude, each with its position in the flat vector; all others are 0. What is left
 * out belongs into the next update (error feedback: Stich et al., NeurIPS 2018, arXiv:1809.07599).
 * The file holds one tensor U32 [k, 2]: position, and the float32's bits; by position.
 */
export const topK: Codec = {
  name: 'top-k',
  summary: 'The values of largest magnitude alone, with their positions.',
  dtype: 'U32',
  encode(update, _manifest, { keep }) {
    const count = Math.min(update.length, Math.max(1, Math.ceil(keep * update.length)));
    const magnitudes = update.map(Math.abs).toSorted();
    const threshold = magnitudes[update.length - count] ?? 0;
    // Of the values at the threshold, keep only the first ones that are needed.
    let atThreshold = 0;
    for (let i = update.length - count; i < update.length && magnitudes[i] === threshold; i++) atThreshold++;
    const bits = new Uint32Array(update.buffer, update.byteOffset, update.length);
    const entries = new Uint32Array(count * 2);
    let at = 0;
    for (let i = 0; i < update.length; i++) {
      const magnitude = Math.abs(update[i]!);
      if (magnitude < threshold || (magnitude === threshold && atThreshold-- <= 0)) continue;
      entries[at++] = i;
      entries[at++] = bits[i]!;
    }
    return { tensors: [tensorOf(count)], data: new Uint8Array(entries.buffer), metadata: {} };
  },
  decoder({ tensors }, manifest) {
    const count = tensors[0]?.shape[0] ?? 0;
    expectTensors(tensors, [tensorOf(Math.min(count, manifest.size))]);
    let position = 0;
    const zerosUntil = function* (end: number) {
      while (position < end) {
        const zeros = ZEROS.subarray(0, Math.min(ZEROS.length, end - position));
        position += zeros.length;
        yield zeros;
      }
    };
    return {
      unitBytes: ENTRY_BYTES,
      *decode(bytes) {
        const entries = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        // Neighbours leave together: a value at a time is slow.
        const run = new Float32Array(bytes.length / ENTRY_BYTES);
        let length = 0;
        for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
          const index = entries.getUint32(at, true);
          const next = position + length;
          if (index < next || index >= manifest.size)
            throw new UnfitEncoding(
              'wrong_encoding',
              `position ${index} of the update: expected ascending ones below ${manifest.size}`,
            );
          if (index > next) {
            yield run.subarray(0, length);
            position = next;
            length = 0;
            yield* zerosUntil(index);
          }
          run[length++] = entries.getFloat32(at + 4, true);
        }
        yield run.subarray(0, length);
        position += length;
      },
      finish: () => zerosUntil(manifest.size),
    };
  },
};

const tensorOf = (count: number): EncodedTensor => ({ name: 'top-k', shape: [count, 2], dtype: 'U32' });
