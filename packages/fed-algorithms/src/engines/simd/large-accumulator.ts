import type { Accumulator } from '../engine.js';
import { allocateKernelMemory, instantiateKernel } from './kernel.js';

/** Of sum and piece, both at one time: what stays in the core's cache. */
const BLOCK_VALUES = 16_384;
const BLOCK_BYTES = BLOCK_VALUES * 4;

/** Vectors made here, and the newest of them that is not used any more: of two at a time, one would be too many. */
const made = new WeakSet<Float32Array>();
let idle: Float32Array | undefined;

export function recycleLarge(vector: Float32Array): void {
  if (made.has(vector)) idle = vector;
}

/** For vectors that no WebAssembly memory holds: they lie outside, and pass through the kernel block by block. */
export function createLargeAccumulator(size: number): Accumulator {
  const used = idle?.length === size ? idle : undefined;
  idle = undefined;
  const total = used ?? new Float32Array(size);
  made.add(total);
  // One that was used before is zeroed as the first update comes, not at once: that would take too long.
  let zeroed = used === undefined ? size : 0;
  const zeroUpTo = (end: number) => {
    if (end <= zeroed) return;
    total.fill(0, zeroed, end);
    zeroed = end;
  };
  const memory = allocateKernelMemory(2 * BLOCK_BYTES);
  const kernel = instantiateKernel(memory);
  const sum = new Float32Array(memory.buffer, 0, BLOCK_VALUES);
  const source = new Float32Array(memory.buffer, BLOCK_BYTES, BLOCK_VALUES);
  return {
    add(piece, offset, weight) {
      if (offset < 0 || offset + piece.length > size)
        throw new RangeError(`a piece of ${piece.length} values at ${offset} leaves a vector of ${size}`);
      zeroUpTo(offset + piece.length);
      for (let start = 0; start < piece.length; start += BLOCK_VALUES) {
        const part = piece.subarray(start, start + BLOCK_VALUES);
        const from = offset + start;
        sum.set(total.subarray(from, from + part.length));
        source.set(part);
        kernel.accumulate(0, BLOCK_BYTES, part.length, weight);
        total.set(sum.subarray(0, part.length), from);
      }
    },
    take(scale) {
      zeroUpTo(size);
      for (let start = 0; start < size; start += BLOCK_VALUES) {
        const part = total.subarray(start, start + BLOCK_VALUES);
        sum.set(part);
        kernel.scale(0, part.length, scale);
        total.set(sum.subarray(0, part.length), start);
      }
      return total;
    },
  };
}
