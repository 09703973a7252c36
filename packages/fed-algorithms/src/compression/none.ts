import { expectTensors, tensorsAs, type Codec } from './codec.js';

/** The float32 values as they are. */
export const none: Codec = {
  name: 'none',
  summary: 'The float32 values as they are.',
  dtype: 'F32',
  encode(update, manifest) {
    const data = new Uint8Array(update.buffer, update.byteOffset, update.byteLength);
    return { tensors: tensorsAs(manifest, 'F32'), data, metadata: {} };
  },
  decoder({ tensors }, manifest) {
    expectTensors(tensors, tensorsAs(manifest, 'F32'));
    return {
      unitBytes: 4,
      *decode(bytes) {
        const isAligned = bytes.byteOffset % 4 === 0;
        const aligned = isAligned ? bytes : new Uint8Array(bytes);
        yield new Float32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
      },
      finish: () => [],
    };
  },
};
