/** Twiddle factors exp(−2πi·k/n), k < n/2, by the size n. */
const twiddles = new Map<number, { readonly re: Float64Array; readonly im: Float64Array }>();

/** Complex numbers as two arrays of one length, a power of two. */
export interface Complex {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

export function zeros(size: number): Complex {
  return { re: new Float64Array(size), im: new Float64Array(size) };
}

/** Discrete Fourier transform in place, by decimation in frequency; the result is in bit-reversed order. */
export function transform({ re, im }: Complex): void {
  const size = re.length;
  const { re: c, im: s } = twiddlesOf(size);
  for (let half = size >> 1, stride = 1; half >= 1; half >>= 1, stride <<= 1) {
    for (let start = 0; start < size; start += 2 * half)
      for (let k = 0, w = 0, a = start, b = start + half; k < half; k++, w += stride, a++, b++) {
        const [reA, imA, reB, imB] = [re[a]!, im[a]!, re[b]!, im[b]!];
        re[a] = reA + reB;
        im[a] = imA + imB;
        const [x, y] = [reA - reB, imA - imB];
        re[b] = x * c[w]! - y * s[w]!;
        im[b] = x * s[w]! + y * c[w]!;
      }
  }
}

/** Inverse of `transform` in place: takes bit-reversed order, returns natural order. */
export function inverseTransform({ re, im }: Complex): void {
  const size = re.length;
  const { re: c, im: s } = twiddlesOf(size);
  for (let half = 1, stride = size >> 1; half < size; half <<= 1, stride >>= 1)
    for (let start = 0; start < size; start += 2 * half)
      for (let k = 0, w = 0, a = start, b = start + half; k < half; k++, w += stride, a++, b++) {
        const x = re[b]! * c[w]! + im[b]! * s[w]!;
        const y = im[b]! * c[w]! - re[b]! * s[w]!;
        const [reA, imA] = [re[a]!, im[a]!];
        re[a] = reA + x;
        im[a] = imA + y;
        re[b] = reA - x;
        im[b] = imA - y;
      }
  for (let k = 0; k < size; k++) {
    re[k] = re[k]! / size;
    im[k] = im[k]! / size;
  }
}

/** Logarithm of a magnitude that counts as zero: far below the rounding error of the transform. */
const LOG_ZERO = -60;

/** Multiplies `product` by the `power`-th power of `factor`, element by element. */
export function multiplyByPower(product: Complex, factor: Complex, power: number): void {
  const leastSquare = Math.exp((2 * LOG_ZERO) / power);
  for (let k = 0; k < product.re.length; k++) {
    const [x, y] = [factor.re[k]!, factor.im[k]!];
    const square = x * x + y * y;
    if (square < leastSquare) {
      product.re[k] = 0;
      product.im[k] = 0;
      continue;
    }
    const magnitude = square ** (power / 2);
    const angle = Math.atan2(y, x) * power;
    const [u, v] = [magnitude * Math.cos(angle), magnitude * Math.sin(angle)];
    const [re, im] = [product.re[k]!, product.im[k]!];
    product.re[k] = re * u - im * v;
    product.im[k] = re * v + im * u;
  }
}

function twiddlesOf(size: number): Complex {
  let found = twiddles.get(size);
  if (found === undefined) {
    found = zeros(size >> 1);
    for (let k = 0; k < size >> 1; k++) {
      found.re[k] = Math.cos((2 * Math.PI * k) / size);
      found.im[k] = -Math.sin((2 * Math.PI * k) / size);
    }
    // One size at a time: a calibration repeats the same one.
    twiddles.clear();
    twiddles.set(size, found);
  }
  return found;
}
