import { expectTensors, tensorsAs, UnfitEncoding, type Codec } from './codec.js';

const SCALE = 'scale.';

/**
 * Integers of −127…127 times one scale per tensor, max|x| / 127, rounded up or down at random such that the
 * expectation is the value itself (Alistarh et al., QSGD, NeurIPS 2017, arXiv:1610.02132).
 */
export const int8: Codec = {
  name: 'int8',
  summary: 'Integers times one scale for each tensor, rounded stochastically.',
  dtype: 'I8',
  encode(update, manifest, { random }) {
    const data = new Int8Array(update.length);
    const metadata: Record<string, string> = {};
    for (const { name, offset, size } of manifest.tensors) {
      const values = update.subarray(offset, offset + size);
      const scale = Math.fround(values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127);
      metadata[SCALE + name] = String(scale);
      if (scale === 0) continue;
      for (let i = 0; i < size; i++)
        data[offset + i] = clamp(Math.floor(values[i]! / scale + random.uniform(0, 1)));
    }
    return { tensors: tensorsAs(manifest, 'I8'), data: new Uint8Array(data.buffer), metadata };
  },
  decoder({ tensors, metadata }, manifest) {
    expectTensors(tensors, tensorsAs(manifest, 'I8'));
    const scales = manifest.tensors.map(({ name }) => {
      const scale = Number(metadata[SCALE + name] ?? Number.NaN);
      if (!Number.isFinite(scale) || scale < 0)
        throw new UnfitEncoding(
          'wrong_encoding',
          `the update's metadata has no scale of tensor '${name}': expected a number ≥ 0`,
        );
      return scale;
    });
    let tensor = 0;
    let position = 0;
    return {
      unitBytes: 1,
      *decode(bytes) {
        const integers = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
        const values = new Float32Array(integers.length);
        for (let i = 0; i < integers.length; i++, position++) {
          while (position >= endOf(manifest.tensors[tensor])) tensor++;
          values[i] = integers[i]! * scales[tensor]!;
        }
        yield values;
      },
      finish: () => [],
    };
  },
};

const clamp = (integer: number) => Math.max(-127, Math.min(127, integer));
const endOf = (tensor: { offset: number; size: number } | undefined) =>
  tensor === undefined ? Infinity : tensor.offset + tensor.size;
