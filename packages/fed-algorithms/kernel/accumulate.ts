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
