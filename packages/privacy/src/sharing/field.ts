/** An element of GF(2^128): 16 bytes, big endian, as four words; bit i is the coefficient of x^i. */
export type Element = readonly [number, number, number, number];

export const ELEMENT_BYTES = 16;
export const ZERO: Element = [0, 0, 0, 0];
export const ONE: Element = [0, 0, 0, 1];
/** x^7 + x^2 + x + 1, the rest of the polynomial x^128 + x^7 + x^2 + x + 1. */
const REDUCTION = 0x87;

export function elementOf(bytes: Uint8Array, offset = 0): Element {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, ELEMENT_BYTES);
  return [view.getInt32(0), view.getInt32(4), view.getInt32(8), view.getInt32(12)];
}

export function writeElement(element: Element, bytes: Uint8Array, offset = 0): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, ELEMENT_BYTES);
  for (let i = 0; i < 4; i++) view.setInt32(4 * i, element[i] ?? 0);
}

/** The element of a share's index. */
export function smallElement(value: number): Element {
  return [0, 0, 0, value];
}

export function add(a: Element, b: Element): Element {
  return [a[0] ^ b[0], a[1] ^ b[1], a[2] ^ b[2], a[3] ^ b[3]];
}

/** Product. Takes the same steps for all operands: masks instead of branches and tables. */
export function multiply(a: Element, b: Element): Element {
  let [r0, r1, r2, r3] = ZERO;
  let [v0, v1, v2, v3] = b;
  for (let word = 3; word >= 0; word--) {
    const bits = a[word] ?? 0;
    for (let bit = 0; bit < 32; bit++) {
      const take = -((bits >>> bit) & 1);
      r0 ^= v0 & take;
      r1 ^= v1 & take;
      r2 ^= v2 & take;
      r3 ^= v3 & take;
      const carry = -(v0 >>> 31);
      v0 = (v0 << 1) | (v1 >>> 31);
      v1 = (v1 << 1) | (v2 >>> 31);
      v2 = (v2 << 1) | (v3 >>> 31);
      v3 = (v3 << 1) ^ (REDUCTION & carry);
    }
  }
  return [r0, r1, r2, r3];
}

/** Inverse as a^(2^128 − 2); of 0 it is 0. */
export function invert(a: Element): Element {
  let power = a;
  let result = ONE;
  for (let bit = 1; bit < 128; bit++) {
    power = multiply(power, power);
    result = multiply(result, power);
  }
  return result;
}
