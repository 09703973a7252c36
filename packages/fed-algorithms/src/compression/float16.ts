import { eachValue, expectTensors, tensorsAs, type Codec } from './codec.js';

const LARGEST = 65_504;
let widened: Float32Array | undefined;

/** IEEE 754 binary16, rounded to nearest even; what is larger than 65,504 becomes 65,504. */
export const float16: Codec = {
  name: 'float16',
  summary: 'IEEE 754 half precision.',
  dtype: 'F16',
  encode(update, manifest) {
    const halves = Uint16Array.from(update, toHalf);
    return { tensors: tensorsAs(manifest, 'F16'), data: new Uint8Array(halves.buffer), metadata: {} };
  },
  decoder({ tensors }, manifest) {
    expectTensors(tensors, tensorsAs(manifest, 'F16'));
    const table = (widened ??= Float32Array.from({ length: 1 << 16 }, (_, half) => fromHalf(half)));
    return eachValue(2, (bytes, values) => {
      for (let i = 0; i < values.length; i++) values[i] = table[bytes[2 * i]! | (bytes[2 * i + 1]! << 8)]!;
    });
  },
};

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

function toHalf(value: number): number {
  scratch[0] = Math.abs(value) > LARGEST ? Math.sign(value) * LARGEST : value;
  const bits = scratchBits[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 112;
  const fraction = bits & 0x7fffff;
  if (exponent >= 31) return sign | (fraction === 0 || exponent < 143 ? 0x7c00 : 0x7e00);
  if (exponent >= 1) return sign | nearestEven((exponent << 23) | fraction, 13);
  // Subnormal: multiples of 2^-24.
  if (exponent < -10) return sign;
  return sign | nearestEven(fraction | 0x800000, 14 - exponent);
}

/** `bits` without the last `shift` ones; a carry into the exponent is right as it is. */
function nearestEven(bits: number, shift: number): number {
  const kept = bits >>> shift;
  const rest = bits & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept;
}

function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}
