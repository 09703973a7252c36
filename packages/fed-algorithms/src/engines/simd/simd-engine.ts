import type { Accumulator, Engine } from '../engine.js';
import {
  allocateKernelMemory,
  instantiateKernel,
  MOST_PAGES,
  PAGE_BYTES,
  pagesFor,
  type KernelMemory,
} from './kernel.js';
import { createSimdColumns } from './simd-columns.js';
import { createLargeAccumulator, recycleLarge } from './large-accumulator.js';

/** Pieces from outside are folded through an area that stays in the core's cache. */
const STAGING_VALUES = 16_384;
const STAGING_BYTES = STAGING_VALUES * 4;

/** Memories whose vectors are not used any more: the newest one, for rounds come one after another at one size. */
let idle: KernelMemory | undefined;
const memories = new WeakMap<ArrayBufferLike, KernelMemory>();

/** Aggregation on f32x4 WebAssembly instructions; kernels over columns on `threads` threads (default: one for each core). */
export function createSimdEngine(options: { readonly threads?: number } = {}): Engine {
  const { vector, recycle, ...columns } = createSimdColumns(options);
  return {
    ...accumulating,
    columns,
    vector,
    recycle(used) {
      recycle(used);
      accumulating.recycle(used);
    },
  };
}

const accumulating = {
  name: 'simd',
  accumulator: (size: number) =>
    STAGING_BYTES + size * 4 <= MOST_PAGES * PAGE_BYTES
      ? createSimdAccumulator(size)
      : createLargeAccumulator(size),
  recycle(vector: Float32Array) {
    idle = memories.get(vector.buffer);
    recycleLarge(vector);
  },
};

function createSimdAccumulator(size: number): Accumulator {
  const sizeBytes = STAGING_BYTES + size * 4;
  const used = idle?.buffer.byteLength === pagesFor(sizeBytes) * PAGE_BYTES ? idle : undefined;
  idle = undefined;
  const memory = used ?? allocateKernelMemory(sizeBytes);
  memories.set(memory.buffer, memory);
  const kernel = instantiateKernel(memory);
  const staging = new Float32Array(memory.buffer, 0, STAGING_VALUES);
  const sum = new Float32Array(memory.buffer, STAGING_BYTES, size);
  // Memory that was used before is zeroed as the first update comes, not at once: that would take too long.
  let zeroed = used === undefined ? size : 0;
  const zeroUpTo = (end: number) => {
    if (end <= zeroed) return;
    sum.fill(0, zeroed, end);
    zeroed = end;
  };
  return {
    add(piece, offset, weight) {
      if (offset < 0 || offset + piece.length > size)
        throw new RangeError(`a piece of ${piece.length} values at ${offset} leaves a vector of ${size}`);
      zeroUpTo(offset + piece.length);
      for (let start = 0; start < piece.length; start += STAGING_VALUES) {
        const part = piece.subarray(start, start + STAGING_VALUES);
        staging.set(part);
        kernel.accumulate(STAGING_BYTES + (offset + start) * 4, 0, part.length, weight);
      }
    },
    take(scale) {
      zeroUpTo(size);
      kernel.scale(STAGING_BYTES, size, scale);
      // Not copied: the memory is this accumulator's alone until it is recycled.
      return sum;
    },
  };
}
