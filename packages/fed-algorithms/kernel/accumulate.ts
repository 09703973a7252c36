// AssemblyScript: the arithmetic of aggregation on float32 vectors in WebAssembly memory. Compiled by build-kernel.mjs.

const LANES: usize = 16;
const UNROLLED: usize = 4 * LANES;

/** acc[i] += weight · source[i] for i < count. Addresses are in bytes; each product is rounded, then each sum. */
export function accumulate(acc: usize, source: usize, count: usize, weight: f32): void {
  const end = acc + (count << 2);
  const w = f32x4.splat(weight);
  while (acc + UNROLLED <= end) {
    const a = f32x4.add(v128.load(acc), f32x4.mul(v128.load(source), w));
    const b = f32x4.add(v128.load(acc, 16), f32x4.mul(v128.load(source, 16), w));
    const c = f32x4.add(v128.load(acc, 32), f32x4.mul(v128.load(source, 32), w));
    const d = f32x4.add(v128.load(acc, 48), f32x4.mul(v128.load(source, 48), w));
    v128.store(acc, a);
    v128.store(acc, b, 16);
    v128.store(acc, c, 32);
    v128.store(acc, d, 48);
    acc += UNROLLED;
    source += UNROLLED;
  }
  while (acc < end) {
    store<f32>(acc, load<f32>(acc) + load<f32>(source) * weight);
    acc += 4;
    source += 4;
  }
}

/** values[i] *= factor for i < count. */
export function scale(values: usize, count: usize, factor: f32): void {
  const end = values + (count << 2);
  const f = f32x4.splat(factor);
  while (values + LANES <= end) {
    v128.store(values, f32x4.mul(v128.load(values), f));
    values += LANES;
  }
  while (values < end) {
    store<f32>(values, load<f32>(values) * factor);
    values += 4;
  }
}

/** Bits of a float32's exponent: all of them are set in NaN and infinities, and in no other value. */
const EXPONENT: i32 = 0x7f800000;

/** 1 if any of values[i], i < count, is NaN or infinite, else 0. */
export function anyNonFinite(values: usize, count: usize): i32 {
  const end = values + (count << 2);
  const mask = i32x4.splat(EXPONENT);
  let a = i32x4.splat(0);
  let b = a;
  while (values + 2 * LANES <= end) {
    a = v128.or(a, i32x4.eq(v128.and(v128.load(values), mask), mask));
    b = v128.or(b, i32x4.eq(v128.and(v128.load(values, LANES), mask), mask));
    values += 2 * LANES;
  }
  if (v128.any_true(v128.or(a, b))) return 1;
  while (values < end) {
    if ((load<i32>(values) & EXPONENT) == EXPONENT) return 1;
    values += 4;
  }
  return 0;
}
