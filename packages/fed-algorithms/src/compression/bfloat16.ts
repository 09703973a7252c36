import { eachValue, expectTensors, tensorsAs, type Codec } from './codec.js';

/** The upper half of a float32, rounded to nearest even: its range, with 8 bits of precision. */
export const bfloat16: Codec = {
  name: 'bfloat16',
  summary: 'The upper half of a float32: its range, with 8 bits of precision.',
  dtype: 'BF16',
  encode(update, manifest) {
    const bits = new Uint32Array(update.buffer, update.byteOffset, update.length);
    const halves = new Uint16Array(bits.length);
    for (let i = 0; i < bits.length; i++) {
      const value = bits[i]!;
      const rounded = (value + 0x7fff + ((value >>> 16) & 1)) >>> 16;
      // The largest values stay finite.
      halves[i] = (rounded & 0x7fff) === 0x7f80 ? value >>> 16 : rounded;
    }
    return { tensors: tensorsAs(manifest, 'BF16'), data: new Uint8Array(halves.buffer), metadata: {} };
  },
  decoder({ tensors }, manifest) {
    expectTensors(tensors, tensorsAs(manifest, 'BF16'));
    return eachValue(2, (bytes, values) => {
      const bits = new Uint32Array(values.buffer);
      for (let i = 0; i < bits.length; i++) bits[i] = (bytes[2 * i]! << 16) | (bytes[2 * i + 1]! << 24);
    });
  },
};
