// AssemblyScript: sums over columns of float32 values in WebAssembly memory. Compiled by build-kernel.mjs.
// Column k starts at base + k · stride; addresses and strides are in bytes, multiples of 16.

/** What is done at a time: a tile of each column stays in the core's cache while all pairs are formed. */
const TILE_VALUES: usize = 1024;
const GROUP_BYTES: usize = 256;

/** sums[i · count + j] += ‖column i − column j‖² for j < i, float64. */
export function squaredDistances(base: usize, stride: usize, count: usize, values: usize, sums: usize): void {
  for (let start: usize = 0; start < values; start += TILE_VALUES) {
    const length = min(TILE_VALUES, values - start);
    for (let i: usize = 1; i < count; i++)
      for (let j: usize = 0; j < i; j++)
        add(
          sums + ((i * count + j) << 3),
          squaredDistance(base + i * stride + (start << 2), base + j * stride + (start << 2), length),
        );
  }
}

/** sums[k] += ‖column k − center‖², float64. A center that does not move on (`moving` 0) is one tile, of zeros. */
export function squaredNorms(
  base: usize,
  stride: usize,
  count: usize,
  values: usize,
  center: usize,
  moving: usize,
  sums: usize,
): void {
  for (let start: usize = 0; start < values; start += TILE_VALUES) {
    const length = min(TILE_VALUES, values - start);
    for (let k: usize = 0; k < count; k++)
      add(
        sums + (k << 3),
        squaredDistance(base + k * stride + (start << 2), center + (start << 2) * moving, length),
      );
  }
}

/** out = Σ weights[k] · column k up to `end`; float32 weights; writes up to 12 bytes beyond. */
export function weightedSum(
  base: usize,
  stride: usize,
  out: usize,
  end: usize,
  weights: usize,
  count: usize,
): void {
  while (out + 128 <= end) {
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let e = a;
    let f = a;
    let g = a;
    let h = a;
    let column = base;
    const last = weights + (count << 2);
    for (let at = weights; at < last; at += 4) {
      const w = v128.load32_splat(at);
      a = f32x4.add(a, f32x4.mul(v128.load(column), w));
      b = f32x4.add(b, f32x4.mul(v128.load(column, 16), w));
      c = f32x4.add(c, f32x4.mul(v128.load(column, 32), w));
      d = f32x4.add(d, f32x4.mul(v128.load(column, 48), w));
      e = f32x4.add(e, f32x4.mul(v128.load(column, 64), w));
      f = f32x4.add(f, f32x4.mul(v128.load(column, 80), w));
      g = f32x4.add(g, f32x4.mul(v128.load(column, 96), w));
      h = f32x4.add(h, f32x4.mul(v128.load(column, 112), w));
      column += stride;
    }
    v128.store(out, a);
    v128.store(out, b, 16);
    v128.store(out, c, 32);
    v128.store(out, d, 48);
    v128.store(out, e, 64);
    v128.store(out, f, 80);
    v128.store(out, g, 96);
    v128.store(out, h, 112);
    out += 128;
    base += 128;
  }
  while (out < end) {
    let sum = f32x4.splat(0);
    for (let k: usize = 0; k < count; k++)
      sum = f32x4.add(sum, f32x4.mul(v128.load(base + k * stride), v128.load32_splat(weights + (k << 2))));
    v128.store(out, sum);
    out += 16;
    base += 16;
  }
}

function add(sum: usize, value: f64): void {
  store<f64>(sum, load<f64>(sum) + value);
}

/**
 * Σ (a − b)². Sixteen vectors of squares are summed in float32, as a tree (seven roundings, 4.2e-7), then on in float64.
 * Squares that leave the range of float32 make it start again in float64.
 */
function squaredDistance(a: usize, b: usize, values: usize): f64 {
  const groups = values >> 6;
  const end = a + groups * GROUP_BYTES;
  let sum = f64x2.splat(0);
  let left = a;
  let right = b;
  while (left < end) {
    const squares = f32x4.add(
      f32x4.add(quarter(left, right), quarter(left + 64, right + 64)),
      f32x4.add(quarter(left + 128, right + 128), quarter(left + 192, right + 192)),
    );
    const high = v128.shuffle<f32>(squares, squares, 2, 3, 2, 3);
    sum = f64x2.add(sum, f64x2.add(f64x2.promote_low_f32x4(squares), f64x2.promote_low_f32x4(high)));
    left += GROUP_BYTES;
    right += GROUP_BYTES;
  }
  const fast = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
  const smallest = f64(groups << 6) * 1e-38;
  if (fast >= smallest && fast < f64.MAX_VALUE)
    return fast + squaredDistanceInDouble(left, right, values - (groups << 6));
  return squaredDistanceInDouble(a, b, values);
}

/** Four vectors of squares, summed. */
function quarter(a: usize, b: usize): v128 {
  return f32x4.add(
    f32x4.add(square(a, b), square(a + 16, b + 16)),
    f32x4.add(square(a + 32, b + 32), square(a + 48, b + 48)),
  );
}

function square(a: usize, b: usize): v128 {
  const difference = f32x4.sub(v128.load(a), v128.load(b));
  return f32x4.mul(difference, difference);
}

function squaredDistanceInDouble(a: usize, b: usize, values: usize): f64 {
  const end = a + (values << 2);
  let sums = f64x2.splat(0);
  while (a + 8 <= end) {
    const difference = f64x2.sub(
      f64x2.promote_low_f32x4(v128.load64_zero(a)),
      f64x2.promote_low_f32x4(v128.load64_zero(b)),
    );
    sums = f64x2.add(sums, f64x2.mul(difference, difference));
    a += 8;
    b += 8;
  }
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  if (a < end) {
    const difference = f64(load<f32>(a)) - f64(load<f32>(b));
    sum += difference * difference;
  }
  return sum;
}
